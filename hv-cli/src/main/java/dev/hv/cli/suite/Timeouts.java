package dev.hv.cli.suite;

/**
 * How long something may take, whichever ends first.
 *
 * @param guest ns of the guest's time; {@link #NONE} for no limit
 * @param host ns of the host's time; {@link #NONE} for no limit
 */
public record Timeouts(long guest, long host) {

    /** No limit. */
    public static final long NONE = Long.MAX_VALUE;
}
