package dev.hv.cpu.vmx;

import dev.hv.cpu.snapshot.Saveable;

/** Wakes the preemption timer: without it the timer is looked at between all blocks, and does not end an idle guest's sleep. */
public interface TimerAlarm extends Saveable {

    /** Asks for {@link VmxUnit#timerDue} at or after the moment when the time-stamp counter (unadjusted) reaches a value. */
    void set(long tsc);

    /** Takes the request back. */
    void cancel();
}
