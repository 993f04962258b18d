package dev.hv.cli.record;

import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.Machine;
import java.util.function.Consumer;

/** Has a recorded machine rest every so many instructions, where its state is all that there is: a replay, which rests there as well, can go on from there. */
final class Rests {

    /** Instructions from one to the next without checkpoints: what has to be run again to go back by one instruction. Resting costs little. */
    static final long EVERY = 16_000_000;
    /** Rounds after which an attempt is made again when something of the host was under way. */
    private static final int AGAIN = 16;

    private final Consumer<Machine> atRest;
    private long every;
    private long next = Long.MAX_VALUE;
    private long notBefore;
    private int open;
    private RunWitness.Checkpoints checkpoints;

    /**
     * Of a run that has not begun.
     *
     * @param every instructions from one to the next
     * @param atRest looks at the machine each time
     */
    Rests(long every, Consumer<Machine> atRest) {
        this.every = every;
        this.atRest = atRest;
    }

    /** The machine is booted. */
    void begun(Machine machine, RunWitness.Checkpoints taker) {
        checkpoints = taker;
        open = machine.mark().open();
        next = machine.instructions() + every;
    }

    /** Doubles the distance. */
    void thin() {
        every = Math.min(2 * every, Long.MAX_VALUE / 4);
    }

    /** It rests no more. */
    void end() {
        next = Long.MAX_VALUE;
    }

    /** Whether the machine is to rest in this round; it looks at itself then. */
    boolean due(Machine machine, long round) {
        if (machine.instructions() < next || round < notBefore) {
            return false;
        }
        if (!possible(machine)) {
            notBefore = round + AGAIN;
            return false;
        }
        next = machine.instructions() + every;
        machine.whenAtRest(() -> atRest.accept(machine));
        return true;
    }

    /** Whether a machine's state is all that there is: a way in that came or went is no part of it. */
    private boolean possible(Machine machine) {
        return machine.mark().open() == open && checkpoints.possible();
    }
}
