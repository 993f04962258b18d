package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.Saveable;

/** Time as a local APIC needs it: nanoseconds, a one-shot alarm, and the time-stamp counter of its processor. */
public interface ApicClock {

    /** Nanoseconds; never goes back. */
    long nanos();

    /** Makes an alarm, unset, whose {@code action} runs once at or after each deadline it is set to. */
    Alarm alarm(Runnable action);

    /** The time-stamp counter as software on this processor reads it now (TSC_ADJUST and offsets included). */
    long tsc();

    /** The first nanosecond at which {@link #tsc} is at or above {@code tsc} (unsigned); {@link Long#MAX_VALUE} when that is out of range. */
    long nanosAtTsc(long tsc);

    /** A one-shot alarm. Its owner saves it: whether and for when it is set, and its place among alarms for the same time. */
    interface Alarm extends Saveable {

        /** Sets it for an absolute time in {@link ApicClock#nanos}, replacing an earlier one; a past time fires as soon as possible. */
        void set(long deadlineNanos);

        /** Unsets it. */
        void cancel();
    }
}
