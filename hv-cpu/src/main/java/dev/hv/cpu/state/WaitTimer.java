package dev.hv.cpu.state;

/** Ends the sleep of a processor that waits until a time (UMWAIT, TPAUSE): without it the wait goes on until the machine looks by itself. */
public interface WaitTimer {

    /** Nothing is woken. */
    WaitTimer NONE = tsc -> {};

    /** Asks for the processor to get a turn when the time-stamp counter (unadjusted) has reached a value; a later request replaces this one. */
    void set(long tsc);
}
