package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.VirtualClock;

/** The machine's clock with a time-stamp counter of its own. */
abstract class GuestClock {

    final VirtualClock clock;
    final VirtualProcessor vp;

    GuestClock(VirtualClock clock, VirtualProcessor vp) {
        this.clock = clock;
        this.vp = vp;
    }

    /** What the counter is ahead of the machine's. */
    abstract long offset();

    public final long nanos() {
        return clock.nanos();
    }

    public final long tsc() {
        return clock.tsc() + offset();
    }

    public final long nanosAtTsc(long tsc) {
        return clock.nanosAtTsc(tsc - offset());
    }
}
