package dev.hv.vmbus.channel;

import dev.hv.vmbus.protocol.ChannelOffer;

/** A bus as a provider sees it whose channels come and go while the guest runs. */
public interface Offers {

    /** Whether a guest is connected, and will be told of an offer at once. */
    boolean connected();

    /**
     * Offers a channel; a connected guest is told at once, or when it has let go of a channel with the same identity that was taken back.
     *
     * @throws IllegalStateException when as many are offered as a bus can have
     */
    Channel offer(ChannelOffer offer, ChannelHandler handler);
}
