package dev.hv.devices.network;

/** An adapter of a guest's at a port of a switch, whatever it is that the guest's driver sees. */
public interface EthernetAdapter {

    /** Its station address. */
    MacAddress address();

    /** Its port on the switch. */
    VirtualSwitch.Port port();

    /** Plugs the cable in or out; a running guest is told. */
    void setLink(boolean up);

    /** Holds the guest to the adapter's own address: frames from others do not leave. */
    void forbidOtherAddresses();

    /** Frames that the guest did not take in time. */
    long dropped();
}
