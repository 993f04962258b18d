package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.ProcessorClock;
import dev.hv.cpu.apic.ApicClock;

/** The machine's clock as the virtualisation unit of a virtual processor sees it: its time-stamp counter is the partition's, to which the processor adds its own adjustment. */
final class NestedClock extends GuestClock implements ProcessorClock {

    NestedClock(VirtualClock clock, VirtualProcessor vp) {
        super(clock, vp);
    }

    @Override
    long offset() {
        return vp.partition().tscOffset();
    }

    @Override
    public ApicClock.Alarm alarm(String name, Runnable action) {
        return clock.alarm("partition %d %s".formatted(vp.partition().id(), name), () -> {
            action.run();
            vp.scheduling().wake();
        });
    }
}
