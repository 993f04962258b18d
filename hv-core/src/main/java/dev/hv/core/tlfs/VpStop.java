package dev.hv.core.tlfs;

/**
 * A virtual processor cannot go on.
 *
 * @param partitionId the partition
 * @param vpIndex the virtual processor
 * @param reason what happened
 * @param detail one line for people
 * @param registers register dump for people
 */
public record VpStop(long partitionId, int vpIndex, Reason reason, String detail, String registers) {

    /** What ended it. */
    public enum Reason {
        /** HvMessageTypeUnrecoverableException: a triple fault. */
        UNRECOVERABLE_EXCEPTION,
        /** HvMessageTypeUnsupportedFeature: the guest did what this hypervisor cannot do for it. */
        UNSUPPORTED_FEATURE,
        /** HvMessageTypeInvalidVpRegisterValue: registers were set to what no processor can hold. */
        INVALID_REGISTER_VALUE,
        /** The hypervisor or a device model failed: a bug. */
        INTERNAL_ERROR
    }
}
