package dev.hv.devices.e1000e;

/** Takes packets that a queue has gathered. */
@FunctionalInterface
interface SentPackets {

    /**
     * A packet, whose bytes may be changed.
     *
     * @param segment bytes of data of the segments that it is to be cut into; 0 for none
     * @param tag of a VLAN that is to be inserted; -1 for none
     */
    void send(byte[] packet, int length, int segment, int tag);
}
