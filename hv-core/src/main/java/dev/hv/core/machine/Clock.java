package dev.hv.core.machine;

import dev.hv.cpu.snapshot.Saveable;

/** The one clock: virtual nanoseconds since power-on. Every time source of the machine derives from it. */
public interface Clock {

    /** Nanoseconds of a second. */
    long SECOND = 1_000_000_000L;

    /** Nanoseconds since power-on; never goes back. */
    long nanos();

    /** Seconds since 1970-01-01 UTC at power-on (what a battery-backed clock would know). */
    long bootEpochSeconds();

    /** Nanoseconds since 1970-01-01 UTC as the host has them; may jump. */
    default long wallNanos() {
        return bootEpochSeconds() * SECOND + nanos();
    }

    /**
     * Makes a timer, disarmed. {@code action} runs on {@link Machine the machine's thread} at or after the deadline, once per arming, and
     * may arm the timer again.
     *
     * @param name for traces
     */
    Timer timer(String name, Runnable action);

    /** A one-shot alarm of the clock. Its owner saves it: whether and for when it is armed, and its place among equal deadlines. */
    interface Timer extends Saveable {

        /** Arms for an absolute time in {@link Clock#nanos}; a time in the past fires as soon as possible. Replaces an earlier arming. */
        void arm(long deadlineNanos);

        /** Disarms. */
        void cancel();

        /** Whether it is armed. */
        boolean armed();
    }
}
