package dev.hv.devices.chipset;

/** A fixed clock rate: whole periods since power-on, and back. Exact for centuries of nanoseconds. */
record Frequency(long hertz) {

    private static final long SECOND = 1_000_000_000L;

    /** Periods completed at a time. */
    long ticks(long nanos) {
        return nanos / SECOND * hertz + nanos % SECOND * hertz / SECOND;
    }

    /** The first nanosecond at which {@link #ticks} gives {@code ticks}. */
    long nanos(long ticks) {
        return ticks / hertz * SECOND + (ticks % hertz * SECOND + hertz - 1) / hertz;
    }
}
