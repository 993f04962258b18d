package dev.hv.core.machine;

/**
 * Counters of a machine at one moment.
 *
 * @param instructions retired by all processors
 * @param guestNanos time on the machine's clock
 * @param idleNanos of these, with nothing to run
 * @param hostNanos wall time since the clock was made
 * @param turns turns given to processors
 * @param timersFired timer actions run
 * @param memoryBytes RAM committed
 */
public record MachineStatistics(long instructions, long guestNanos, long idleNanos, long hostNanos, long turns, long timersFired, long memoryBytes) {}
