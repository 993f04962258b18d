package dev.hv.core.tlfs;

/**
 * Status of a call and what it gives back.
 *
 * @param value the answer when the status is {@link HvStatus#SUCCESS}; of a call that repeats, also on a failure, how many repetitions were
 *        done before it; else 0
 */
public record HvResult(HvStatus status, long value) {

    /** A failure. */
    public static HvResult of(HvStatus failure) {
        return new HvResult(failure, 0);
    }

    /** A success. */
    public static HvResult success(long value) {
        return new HvResult(HvStatus.SUCCESS, value);
    }

    /** Whether the call succeeded. */
    public boolean ok() {
        return status.ok();
    }
}
