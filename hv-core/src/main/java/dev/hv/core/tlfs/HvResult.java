package dev.hv.core.tlfs;

/**
 * Status of a call and, when it succeeded, what it gives back.
 *
 * @param value the answer; meaningless unless the status is {@link HvStatus#SUCCESS}
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
