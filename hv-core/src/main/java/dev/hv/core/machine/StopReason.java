package dev.hv.core.machine;

/**
 * Why a machine stopped.
 *
 * @param kind what happened
 * @param value the debug-exit value, or a signal's number; 0 for the others
 * @param detail text for people: registers of a crash, or empty
 */
public record StopReason(Kind kind, int value, String detail) {

    /** What can end a run. */
    public enum Kind {
        /** The guest switched itself off. */
        POWER_OFF,
        /** The guest asked for a reset. */
        RESET,
        /** The guest was reset and cannot be booted again: {@code detail} says why. */
        BOOT_FAILED,
        /** The guest wrote to the debug-exit port. */
        DEBUG_EXIT,
        /** A triple fault, or a crash the guest reported. */
        CRASH,
        /** The emulator itself failed: a bug of ours. */
        INTERNAL_ERROR,
        /** The limit of wall time. */
        TIME_LIMIT,
        /** The limit of instructions. */
        INSTRUCTION_LIMIT,
        /** Somebody outside asked for it. */
        REQUESTED,
        /** A signal to this process asked for it: {@code value} is its number, {@code detail} its name. */
        SIGNAL,
        /** What a guest prints cannot be written any more: {@code detail} says where and why. */
        OUTPUT_LOST
    }

    /** A reason that needs no value. */
    public static StopReason of(Kind kind) {
        return new StopReason(kind, 0, "");
    }
}
