package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.debug.ElfCore;
import dev.hv.core.machine.Journal;
import dev.hv.cpu.execute.EngineKind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/** Writes a core file of a machine of a checkpoint: the machine is built and filled, but does not run, and nothing of the host is used but its disks' files. */
public final class CheckpointDump {

    private static final long CODE_CACHE = 16 << 20;

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
        var restart = new Restart(checkpoint.folder(), checkpoint, null);
        try (var computer = new LabMachine(lab, settings(checkpoint.manifest().conditions()), restart, NOTHING, false)) {
            for (VmConfig vm : lab.machines()) {
                computer.add(new RunningVm(vm, HostConsole.none(), OutputStream.nullOutputStream(), computer.clock(), false));
            }
            computer.build();
            computer.start();
            RunningVm vm = computer.vms().get(index);
            if (vm.end != null) {
                throw new UsageException("--machine " + vm.config.name() + ": had ended when the checkpoint was taken");
            }
            ElfCore.write(vm.worker == null ? new BareCore(computer.machine()) : new WorkerCore(vm.worker, vm.config.cpus()), file);
        }
    }

    private static RunSettings settings(Conditions c) {
        return new RunSettings(c.bare(), c.realTime(), c.cpu(), c.processors(), c.parallel(), c.picosPerInstruction(), c.seed(), Long.MAX_VALUE, Long.MAX_VALUE, false, null, null, false,
                List.of(), false, false, EngineKind.INTERPRETER, CODE_CACHE, false);
    }

    /** A replay of nothing: what is built asks nothing of the host and opens nothing there. */
    private static final Journal NOTHING = new Journal() {
        @Override
        public boolean exact() {
            return true;
        }

        @Override
        public boolean replays() {
            return true;
        }

        @Override
        public boolean resumes() {
            return true;
        }

        @Override
        public long nanoTime(LongSupplier host) {
            return 0;
        }

        @Override
        public long answer(LongSupplier host) {
            return 0;
        }

        @Override
        public boolean waits(boolean given) {
            return false;
        }
    };
}
