package dev.hv.vmbus.channel;

import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;

/** Who serves the guest's Hyper-V sockets. All methods are called on the machine's thread. */
public interface SocketRequests {

    /** Nobody does. */
    SocketRequests NOBODY = new SocketRequests() {
        @Override
        public boolean connect(Guid endpoint, Guid service) {
            return false;
        }

        @Override
        public ChannelHandler restored(ChannelOffer offer) {
            return null;
        }

        @Override
        public void restored(Channel channel) {}
    };

    /**
     * The guest wants a connection; if it gets one, a channel with this service and endpoint is offered in answer.
     *
     * @param endpoint identity that the guest gave the connection
     * @param service what it wants to reach
     * @return false to refuse
     */
    boolean connect(Guid endpoint, Guid service);

    /**
     * A saved bus had a connection, which this one gets back.
     *
     * @return its provider's side, which is given its channel next; null when nobody serves it here
     */
    ChannelHandler restored(ChannelOffer offer);

    /** The channel that belongs to what the other method of this name has just returned; what it is in follows. */
    void restored(Channel channel);
}
