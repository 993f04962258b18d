package dev.hv.vmbus.ring.offender;

import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.channel.Channel;

/** Classes among the rings that break rules of the architecture; never run. */
public final class RingOffenders {

    private RingOffenders() {}

    public static final class SeesAChannel {
        Channel channel;
    }

    public static final class SeesTheBus {
        Vmbus bus;
    }
}
