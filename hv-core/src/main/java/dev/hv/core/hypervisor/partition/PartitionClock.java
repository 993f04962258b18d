package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.state.TimeSource;

/** The machine's clock as one virtual processor and its local APIC see it. */
final class PartitionClock extends GuestClock implements ApicClock, TimeSource {

    PartitionClock(VirtualClock clock, VirtualProcessor vp) {
        super(clock, vp);
    }

    @Override
    long offset() {
        return vp.tscOffset();
    }

    @Override
    public Alarm alarm(Runnable action) {
        return clock.alarm("partition %d apic %d".formatted(vp.partition().id(), vp.index()), action);
    }
}
