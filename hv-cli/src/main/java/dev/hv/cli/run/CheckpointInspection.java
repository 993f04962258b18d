package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.InspectTree;

/** The tree of everything in a checkpoint: its machine is built and filled, but does not run. */
public final class CheckpointInspection {

    private CheckpointInspection() {}

    /**
     * The tree.
     *
     * @throws UsageException when a disk's file is not there, or another
     */
    public static InspectTree tree(Checkpoint checkpoint) {
        try (LabMachine computer = CheckpointMachine.build(checkpoint)) {
            computer.machine().settle();
            return computer.inspect();
        }
    }
}
