package dev.hv.cpu;

import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.state.TimeSource;

/** Time as a processor needs it, given by the machine's one clock. {@link #tsc} is the counter before TSC_ADJUST. */
public interface ProcessorClock extends TimeSource {

    /** Nanoseconds since power-on. */
    long nanos();

    /** Makes a one-shot alarm, unset. */
    ApicClock.Alarm alarm(String name, Runnable action);

    /** The first nanosecond at which {@link #tsc} is at or above this value (unsigned); {@link Long#MAX_VALUE} when out of range. */
    long nanosAtTsc(long tsc);
}
