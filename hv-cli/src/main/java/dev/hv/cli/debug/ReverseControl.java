package dev.hv.cli.debug;

import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.HostDebug.Stop;
import java.util.List;

/**
 * Going back in a run that can be repeated. The debugger's server announces {@code ReverseStep+} and {@code ReverseContinue+} when there is one, and
 * uses it for the packets {@code bs} and {@code bc} (GDB manual, E.2, "Packets"). An instant is a count of the machine's instructions, as
 * {@link dev.hv.core.machine.Machine#instructions} gives it.
 *
 * <p>Whoever goes anywhere leaves the machine as it is and has another one come to that instant: the methods that do throw {@link Travel}, through all of the run,
 * and the server is attached to the machine that comes then, whose stops {@link #met} judges. Called on the machine's thread while everything stands still.
 */
public interface ReverseControl {

    /** What the debugger is told when the machine stands: reasons of a stop, GDB manual, E.3. */
    enum Edge { NONE, BEGIN, END }

    /**
     * A stop that the debugger hears of.
     *
     * @param why {@link Stop#INSTANT} for no reason of the guest's
     * @param edge whether recorded history ends there
     * @param text the answer to a {@code monitor} command that brought the machine here; null where a stop is told
     */
    record Arrival(int processor, Stop why, long address, Edge edge, String text) {
        /** A stop that the machine came to as ever. */
        public static Arrival of(int processor, Stop why, long address) {
            return new Arrival(processor, why, address, Edge.NONE, null);
        }
    }

    /** A machine is there, and has run nothing yet; these are the debuggers of its processors. */
    void attached(List<HostDebug> debugs);

    /** Whether the machine is on its way, and nobody looks at it. */
    boolean travels();

    /** A processor has come to a stop: what the debugger is told, null when the machine goes on. */
    Arrival met(int processor, Stop why, long address);

    /** The instant at which the machine stands. */
    long instant();

    /** The earliest instant that can be reached: the beginning of the recording, or the checkpoint that the replay began with. */
    long first();

    /** Goes to an instant, forwards or back; to the nearest that there is. */
    void goTo(int processor, long instant);

    /** Goes back by one instruction of a processor, or to {@link #first} when it has run none since. */
    void stepBack(int processor);

    /** Goes back to the last instant before now at which a stop of the debugger is met, just before the instruction that meets it; to {@link #first} when none is. */
    void continueBack(int processor);
}
