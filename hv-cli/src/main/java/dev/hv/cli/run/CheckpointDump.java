package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.debug.ElfCore;
import dev.hv.cli.debug.TargetCore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes a core file of a machine of a checkpoint: the machine is built and filled, but does not run, and nothing of the host is used but its disks' files. */
public final class CheckpointDump {

    private CheckpointDump() {}

    /**
     * Writes a core file.
     *
     * @param name of the machine; null for the only one
     * @throws UsageException when there is no such machine, or a disk's file is another
     * @throws IOException when the core file cannot be written
     */
    public static void write(Checkpoint checkpoint, String name, Path file) throws IOException {
        LabConfig lab = checkpoint.manifest().lab();
        List<String> names = lab.machines().stream().map(VmConfig::name).toList();
        if (name == null && names.size() > 1) {
            throw new UsageException("--machine: say which one to dump: " + String.join(", ", names));
        }
        int index = name == null ? 0 : names.indexOf(name);
        if (index < 0) {
            throw new UsageException("--machine " + name + ": not in the checkpoint, which has " + String.join(", ", names));
        }
        try (LabMachine computer = CheckpointMachine.build(checkpoint)) {
            RunningVm vm = computer.vms().get(index);
            if (vm.end != null) {
                throw new UsageException("--machine " + vm.config.name() + ": had ended when the checkpoint was taken");
            }
            ElfCore.write(new TargetCore(Debugging.target(computer, vm)), file);
        }
    }
}
