package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** Who sees all of a run: keeps it, or has it repeat another. Called on the machine's thread. */
public interface RunWitness {

    /** Nobody. */
    RunWitness NONE = new RunWitness() {
        @Override
        public Journal journal() {
            return Journal.LIVE;
        }

        @Override
        public void begun(Machine machine, Checkpoints checkpoints) {}

        @Override
        public Optional<String> ended(Machine machine, List<EndedVm> ended, String digest) {
            return Optional.empty();
        }
    };

    /** Sees what enters the machine. */
    Journal journal();

    /** Takes checkpoints of the run. */
    interface Checkpoints {
        /** None of a run with something in it that is no part of the machine. */
        Checkpoints NONE = new Checkpoints() {
            @Override
            public boolean possible() {
                return false;
            }

            @Override
            public void write(Path folder) throws CheckpointException {
                throw new CheckpointException("what drives this run is no part of a checkpoint");
            }
        };

        /** Whether the state is all that there is: nothing of the host is under way in the machine. */
        boolean possible();

        /** What the agent's job is doing, which goes on with the state of that instant; null for a run without one. The machine is at rest. */
        default byte[] job() {
            return null;
        }

        /** Writes one. The machine is at rest. */
        void write(Path folder) throws CheckpointException, IOException;
    }

    /** The machine is built and its guests are booted; nothing has run. */
    void begun(Machine machine, Checkpoints checkpoints);

    /** Takes what a machine prints, on the machine's thread, in its console's place; null for the console as ever. */
    default IntConsumer console(VmConfig vm) {
        return null;
    }

    /** Name of the machine that {@link #ready} is told of; null for the first. */
    default String debugged() {
        return null;
    }

    /**
     * The machine begins to run, and signals are heard.
     *
     * @param target the machine, or the guest that {@link #debugged} names, to a debugger
     * @param over whether the run is to end, whatever a debugger wants
     */
    default void ready(Machine machine, DebugTarget target, BooleanSupplier over) {}

    /** Instructions that the machine had run when the run began. */
    default long first(Machine machine) {
        return machine.instructions();
    }

    /** The machine has stopped, and nobody has looked at it yet. */
    default void stopped(Machine machine) {}

    /**
     * The machine stands still, and does not run again.
     *
     * @param ended why its guests ended
     * @param digest of all state
     * @return what was lost, in a sentence
     */
    Optional<String> ended(Machine machine, List<EndedVm> ended, String digest);
}
