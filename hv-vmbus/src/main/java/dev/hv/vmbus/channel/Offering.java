package dev.hv.vmbus.channel;

import dev.hv.vmbus.protocol.ChannelOffer;

/** A device's one place on a bus: its offer, which can be taken back and made again while the guest runs. Whether it is there is state of the device's. */
public final class Offering {

    private final ChannelOffer offer;
    private final ChannelHandler handler;
    private final Offers bus;
    private Channel channel;
    private boolean away;

    /** Offers a device; a guest that is connected hears of it at once. */
    public Offering(Offers bus, ChannelOffer offer, ChannelHandler handler) {
        this.bus = bus;
        this.offer = offer;
        this.handler = handler;
        channel = bus.offer(offer, handler);
    }

    /** Whether it is offered now. */
    public boolean there() {
        return !away;
    }

    /** Takes the offer back, or makes it again; false when it was so already. */
    public boolean offer(boolean there) {
        if (there != away) {
            return false;
        }
        away = !there;
        if (there) {
            channel = bus.offer(offer, handler);
        } else {
            channel.rescind();
        }
        return true;
    }

    /** What was saved as {@link #there}; the bus is restored already, and has no more what was taken back. */
    public void restored(boolean there) {
        away = !there;
    }
}
