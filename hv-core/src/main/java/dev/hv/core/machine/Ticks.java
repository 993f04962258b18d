package dev.hv.core.machine;

/** Counters of a constant frequency and the time that they count; exact for any time and up to 9 GHz. */
final class Ticks {

    private static final long SECOND = 1_000_000_000L;

    private Ticks() {}

    /** Ticks of a counter of {@code hz} after {@code nanos} nanoseconds. */
    static long after(long nanos, long hz) {
        return nanos / SECOND * hz + nanos % SECOND * hz / SECOND;
    }

    /** Nanoseconds after which a counter of {@code hz} has reached {@code ticks}, rounded up. */
    static long nanos(long ticks, long hz) {
        return ticks / hz * SECOND + Math.ceilDiv(ticks % hz * SECOND, hz);
    }
}
