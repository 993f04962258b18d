package dev.hv.core.machine;

/**
 * What a run may cost.
 *
 * @param hostNanos wall time in nanoseconds, or {@link Long#MAX_VALUE}
 * @param instructions instructions of all processors together, with steps and exits that retire none, or {@link Long#MAX_VALUE}
 */
public record RunLimits(long hostNanos, long instructions) {

    /** No limits. */
    public static final RunLimits NONE = new RunLimits(Long.MAX_VALUE, Long.MAX_VALUE);
}
