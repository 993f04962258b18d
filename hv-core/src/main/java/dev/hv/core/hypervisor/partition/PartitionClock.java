package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.state.TimeSource;

/** The machine's clock as one virtual processor and its local APIC see it. */
final class PartitionClock implements ApicClock, TimeSource {

    private final VirtualClock clock;
    private final VirtualProcessor vp;

    PartitionClock(VirtualClock clock, VirtualProcessor vp) {
        this.clock = clock;
        this.vp = vp;
    }

    @Override
    public long nanos() {
        return clock.nanos();
    }

    @Override
    public Alarm alarm(Runnable action) {
        return clock.alarm("partition %d apic %d".formatted(vp.partition().id(), vp.index()), action);
    }

    @Override
    public long tsc() {
        return clock.tsc() + vp.tscOffset();
    }

    @Override
    public long nanosAtTsc(long tsc) {
        return clock.nanosAtTsc(tsc - vp.tscOffset());
    }
}
