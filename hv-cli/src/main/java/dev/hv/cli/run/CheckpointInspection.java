package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.cli.screen.Png;
import java.io.IOException;

/** The tree of everything in a checkpoint: its machine is built and filled, but does not run. */
public final class CheckpointInspection {

    private CheckpointInspection() {}

    /**
     * What the screen of a machine shows, as PNG.
     *
     * @param name of the machine, or {@link ControlProtocol#ONLY}
     * @throws UsageException when it has no screen, or it is dark
     */
    public static byte[] screen(Checkpoint checkpoint, String name) {
        try (LabMachine computer = CheckpointMachine.build(checkpoint)) {
            return Png.of(Screens.image(computer.vm(name)));
        } catch (IOException e) {
            throw new UsageException(e.getMessage());
        }
    }

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
