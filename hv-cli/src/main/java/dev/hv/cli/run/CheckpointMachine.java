package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.HostConsole;
import dev.hv.core.machine.Journal;
import dev.hv.cpu.execute.EngineKind;
import java.io.OutputStream;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A checkpoint's machine to look at: built and filled, but it does not run, and nothing of the host is used but its disks' files. */
final class CheckpointMachine {

    private static final long CODE_CACHE = 16 << 20;

    private CheckpointMachine() {}

    /**
     * Builds and fills it.
     *
     * @throws UsageException when a disk's file is not there, or another
     */
    static LabMachine build(Checkpoint checkpoint) {
        LabConfig lab = checkpoint.manifest().lab();
        var restart = new Restart(checkpoint.folder(), checkpoint, null);
        var computer = new LabMachine(lab, settings(checkpoint.manifest().conditions()), restart, NOTHING, false);
        try {
            for (VmConfig vm : lab.machines()) {
                computer.add(new RunningVm(vm, HostConsole.none(), OutputStream.nullOutputStream(), computer.clock(), false));
            }
            computer.build();
            computer.start();
            return computer;
        } catch (RuntimeException e) {
            computer.close();
            throw e;
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
        public byte[] answerBytes(Supplier<byte[]> host) {
            return new byte[0];
        }

        @Override
        public boolean waits(boolean given) {
            return false;
        }
    };
}
