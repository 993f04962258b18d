package dev.hv.core.machine;

import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.state.Cpu;

/** A processor of the machine as its run loop sees it: something that takes turns counted in instructions. */
public interface LogicalProcessor extends VirtualClock.InstructionCounter, Saveable {

    /** Why a turn ended. */
    enum TurnEnd {
        /** The instructions are used up, or somebody asked for the end of the turn. */
        BUDGET,
        /** Nothing to run until an interrupt comes. */
        IDLE,
        /** Not yet: somebody wants to look. It goes on by {@link LogicalProcessor#resume}. */
        PAUSED,
        /** Shutdown after a triple fault: this processor never runs again. */
        SHUTDOWN
    }

    /** Takes a turn of at most {@code maxInstructions}; an idle processor without a pending event runs none. */
    TurnEnd run(long maxInstructions);

    /** Asks the running turn to end soon. Called with the machine's lock: in lockstep from a device or timer within the turn, in parallel by any thread. */
    void endTurn();

    /**
     * Has the running turn end when this many more instructions have been executed, if it would not end before: a timer is due then. In lockstep, from a device or timer within the turn.
     */
    default void shorten(long instructions) {
        endTurn();
    }

    /**
     * Asks the running turn to pause for a look, as soon as that changes nothing of what the turn does; a turn that cannot pause so goes on. In lockstep, from a device or timer within the turn.
     */
    default void pause() {}

    /** Goes on with the turn that paused. */
    default TurnEnd resume() {
        throw new IllegalStateException("no turn has paused");
    }

    /**
     * Brings the processor to rest between two turns, or within one that has paused: what it holds for somebody else goes back to its owner, and what is derived is
     * dropped, so that it goes on like one that was just restored.
     */
    default void rest() {}

    /** The core, for what is done to all of them. */
    Cpu cpu();

    /** What executes its code; null for one that executes none. */
    default Engine engine() {
        return null;
    }

    /** Gives the processor its place at the machine's lock. */
    default void connect(MachineLock.Seat seat) {}

    /** Registers, for people. */
    String describe();
}
