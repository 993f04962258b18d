package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;

/** A fixed clock rate: whole periods since power-on, and back. Exact for centuries of nanoseconds. */
record Frequency(long hertz) {

    /** Periods completed at a time. */
    long ticks(long nanos) {
        return nanos / Clock.SECOND * hertz + nanos % Clock.SECOND * hertz / Clock.SECOND;
    }

    /** The first nanosecond at which {@link #ticks} gives {@code ticks}. */
    long nanos(long ticks) {
        return ticks / hertz * Clock.SECOND + (ticks % hertz * Clock.SECOND + hertz - 1) / hertz;
    }
}
