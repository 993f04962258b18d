package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.ProcessorClock;
import dev.hv.cpu.apic.ApicClock;

/** The machine's clock as the virtualisation unit of a virtual processor sees it: its time-stamp counter is the partition's. */
final class NestedClock implements ProcessorClock {

    private final VirtualClock clock;
    private final VirtualProcessor vp;

    NestedClock(VirtualClock clock, VirtualProcessor vp) {
        this.clock = clock;
        this.vp = vp;
    }

    @Override
    public long nanos() {
        return clock.nanos();
    }

    @Override
    public ApicClock.Alarm alarm(String name, Runnable action) {
        return clock.alarm("partition %d %s".formatted(vp.partition().id(), name), () -> {
            action.run();
            vp.scheduling().wake();
        });
    }

    @Override
    public long tsc() {
        return clock.tsc() + vp.partition().tscOffset();
    }

    @Override
    public long nanosAtTsc(long tsc) {
        return clock.nanosAtTsc(tsc - vp.partition().tscOffset());
    }
}
