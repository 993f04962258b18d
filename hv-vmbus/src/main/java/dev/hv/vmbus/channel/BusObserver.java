package dev.hv.vmbus.channel;

/** Sees everything that crosses a bus, for traces. Must not change anything. */
public interface BusObserver {

    /** A control message: the bytes behind the hypervisor's message header. */
    void message(boolean fromGuest, byte[] message, int length);

    /** A packet of a channel: {@code ring} has all of it as it stands in the ring, descriptor included. */
    void packet(Channel channel, boolean fromGuest, byte[] ring, int length);

    /** The guest signalled a channel, or was signalled. */
    void signal(Channel channel, boolean fromGuest);
}
