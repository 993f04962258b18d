package dev.hv.cli.debug;

/**
 * Going back in a run that can be repeated. The debugger's server announces {@code ReverseStep+} and {@code ReverseContinue+} when there is one, and
 * uses it for the packets {@code bs} and {@code bc} (GDB manual, E.2, "Packets"). An instant is a count of the machine's instructions, as
 * {@link dev.hv.core.machine.Machine#instructions} gives it. Called on the machine's thread while everything stands still.
 */
public interface ReverseControl {

    /** The instant at which the machine stands. */
    long instant();

    /** The earliest instant that can be reached: the beginning of the recording, or its first checkpoint. */
    long first();

    /** Has the machine stand at an instant, forwards or back; false when it cannot be reached, and then nothing has changed. */
    boolean goTo(long instant);

    /**
     * Goes back by one instruction of a processor.
     *
     * @param processor its number
     * @return false when it has run none since {@link #first}; the machine stands there then
     */
    boolean stepBack(int processor);

    /**
     * Goes back to the last instant before now and not before {@code earliest} at which a stop of the debugger (a breakpoint, a watchpoint) is met.
     *
     * @return false when none is; the machine stands at {@code earliest} then
     */
    boolean continueBack(long earliest);
}
