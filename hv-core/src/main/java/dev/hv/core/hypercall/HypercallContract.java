package dev.hv.core.hypercall;

import dev.hv.core.tlfs.HvStatus;

/**
 * A hypercall: its shape, what its caller must be allowed, and what it does. When the body runs, all but the meaning of its input has
 * been checked.
 *
 * @param <C> what bodies get as caller
 * @param code call code
 * @param name as in the TLFS
 * @param privilege privileges of {@link dev.hv.core.tlfs.HvPrivilege} that the caller must have
 * @param input bytes of fixed input, a multiple of 8
 * @param output bytes of output that are not repeated, a multiple of 8
 * @param variable whether a variable header may follow the fixed input
 * @param repeats whether the call repeats
 * @param inputElement bytes of input of a repetition
 * @param outputElement bytes of output of a repetition
 * @param body what it does; of a call that repeats, one repetition
 * @param end what follows a run of repetitions, before the caller goes on
 */
public record HypercallContract<C>(int code, String name, long privilege, int input, int output, boolean variable, boolean repeats,
        int inputElement, int outputElement, Body<C> body, End<C> end) {

    /** What a call does. */
    @FunctionalInterface
    public interface Body<C> {
        /**
         * Carries the call, or a repetition of it, out.
         *
         * @param repetition number of the repetition; 0 for a call that does not repeat
         * @return the answer, or {@link HypercallParameters#leave}
         */
        HvStatus call(C caller, HypercallParameters p, int repetition);
    }

    /** What follows a run of repetitions. */
    @FunctionalInterface
    public interface End<C> {
        /** All repetitions of a call that could be made have been made, or as many as one run may have. */
        void end(C caller, HypercallParameters p);
    }

    /** The same call with something to do behind a run of repetitions, such as dropping cached translations once. */
    public HypercallContract<C> endingWith(End<C> newEnd) {
        return new HypercallContract<>(code, name, privilege, input, output, variable, repeats, inputElement, outputElement, body, newEnd);
    }

    private static <C> End<C> nothing() {
        return (c, p) -> { };
    }

    /** A call that does not repeat. */
    public static <C> HypercallContract<C> simple(int code, String name, long privilege, int input, int output, Body<C> body) {
        return new HypercallContract<>(code, name, privilege, input, output, false, false, 0, 0, body, nothing());
    }

    /** A call with a variable header that does not repeat. */
    public static <C> HypercallContract<C> variable(int code, String name, long privilege, int input, Body<C> body) {
        return new HypercallContract<>(code, name, privilege, input, 0, true, false, 0, 0, body, nothing());
    }

    /** The same with output. */
    public static <C> HypercallContract<C> variable(int code, String name, long privilege, int input, int output, Body<C> body) {
        return new HypercallContract<>(code, name, privilege, input, output, true, false, 0, 0, body, nothing());
    }

    /** A call that repeats. */
    public static <C> HypercallContract<C> rep(int code, String name, long privilege, int input, int inputElement, int outputElement, Body<C> body) {
        return new HypercallContract<>(code, name, privilege, input, 0, false, true, inputElement, outputElement, body, nothing());
    }

    /** A call with a variable header that repeats. */
    public static <C> HypercallContract<C> variableRep(int code, String name, long privilege, int input, int inputElement, Body<C> body) {
        return new HypercallContract<>(code, name, privilege, input, 0, true, true, inputElement, 0, body, nothing());
    }
}
