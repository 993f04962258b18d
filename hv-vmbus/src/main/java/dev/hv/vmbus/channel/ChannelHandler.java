package dev.hv.vmbus.channel;

/** The provider's side of a channel. All methods are called on the machine's thread, never from within one another. */
public interface ChannelHandler {

    /**
     * The guest opens the channel; its rings are ready when this returns 0.
     *
     * @return 0, or an NTSTATUS that refuses
     */
    int opened(Channel channel);

    /** There may be packets: take them until {@link Channel#receive} says there are none. */
    void packetsAvailable(Channel channel);

    /** A send failed before, and there is room now. */
    default void spaceAvailable(Channel channel) {}

    /**
     * The guest closed the channel, unloaded the bus, was reset, or broke the ring's rules. No guest memory of it may be touched any
     * more; it may be opened again.
     */
    void closed(Channel channel);
}
