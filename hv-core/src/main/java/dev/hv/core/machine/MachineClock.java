package dev.hv.core.machine;

import dev.hv.cpu.ProcessorClock;
import dev.hv.cpu.apic.ApicClock;

/** The one clock, as a processor sees it. */
public final class MachineClock implements ProcessorClock {

    private final VirtualClock clock;
    private final long tscHz;

    /** A view of {@code clock} for processors whose time-stamp counter runs at {@code tscHz}. */
    public MachineClock(VirtualClock clock, long tscHz) {
        this.clock = clock;
        this.tscHz = tscHz;
    }

    @Override
    public long tsc() {
        return clock.tsc();
    }

    @Override
    public long nanos() {
        return clock.nanos();
    }

    @Override
    public ApicClock.Alarm alarm(String name, Runnable action) {
        Clock.Timer timer = clock.timer(name, action);
        return new ApicClock.Alarm() {
            @Override
            public void set(long deadlineNanos) {
                timer.arm(deadlineNanos);
            }

            @Override
            public void cancel() {
                timer.cancel();
            }
        };
    }

    @Override
    public long nanosAtTsc(long tsc) {
        // beyond a century of nanoseconds nothing is ever due
        return tsc < 0 || tsc / tscHz > 3_000_000_000L ? Long.MAX_VALUE : VirtualClock.nanosFor(tsc, tscHz);
    }
}
