package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.record.Recorder;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.LabRun;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Step;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * A recording of a case that failed: its machines run once more, up to the instruction at which it was over, without the runner, which in virtual time and with steps that only watch changes nothing.
 * What they print tells whether that is so; else there is no recording.
 */
final class CaseRecording {

    /** Its name in a case's folder. */
    static final String FILE = "replay.hvr";

    private CaseRecording() {}

    /**
     * Writes it.
     *
     * @param from what the case began with; null when its machines booted
     * @param attempt that failed, and is over
     * @return whether there is one
     */
    static boolean write(PlannedCase planned, Checkpoint from, long seed, CaseAttempt attempt, Path folder) {
        if (from != null || !planned.spec().steps().stream().allMatch(s -> s instanceof Step.End || s instanceof Step.Console || s instanceof Step.Wait)) {
            return false;
        }
        Path file = folder.resolve(FILE);
        try {
            Files.createDirectories(folder);
            var lab = new LabConfig(planned.testbed().machines().stream().map(m -> shown(m.vm())).toList());
            RunSettings settings = until(CaseSettings.of(planned.testbed().platform(), null, planned.spec().steps(), seed), attempt.lab().lab().machine().instructions());
            var witness = new Witness(new Recorder(file, lab, settings, null, 0, seed));
            var run = new LabRun(lab, settings, null, witness);
            run.interleave(seed);
            run.run();
            boolean same = planned.testbed().machines().stream().allMatch(m -> witness.printed(m.name()).last(Transcript.KEPT).equals(attempt.lab().transcript(m.name()).last(Transcript.KEPT)));
            if (same) {
                return true;
            }
            Files.deleteIfExists(file);
        } catch (UsageException | IOException e) {
            // the folder's log says all the rest
        }
        return false;
    }

    /** A replay shows what was printed. */
    private static VmConfig shown(VmConfig vm) {
        return new VmConfig(vm.name(), vm.boot(), vm.memory(), vm.cpus(), vm.rights(), vm.testDevices(), "stdio", vm.sockets(), vm.disks(), vm.networks(), vm.actions()).withIommu(vm.iommu()).withScreen(vm.screen());
    }

    private static RunSettings until(RunSettings s, long instructions) {
        return new RunSettings(s.bare(), s.realTime(), s.cpu(), s.processors(), s.parallel(), s.picosPerInstruction(), s.seed(), s.timeoutNanos(), instructions, s.terminal(), s.stats(), s.trace(), s.digest(),
                s.digestsAt(), s.reboot(), s.resetAtTripleFault(), s.engine(), s.codeCache(), s.keepDisks());
    }

    /** Records, and keeps what machines print. */
    private record Witness(Recorder recorder, Map<String, Transcript> printed) implements RunWitness {
        Witness(Recorder recorder) {
            this(recorder, new HashMap<>());
        }

        Transcript printed(String machine) {
            return printed.computeIfAbsent(machine, m -> new Transcript());
        }

        @Override
        public Journal journal() {
            return recorder.journal();
        }

        @Override
        public IntConsumer console(VmConfig vm) {
            return printed(vm.name())::add;
        }

        @Override
        public void begun(Machine machine, Checkpoints checkpoints) {
            recorder.begun(machine, checkpoints);
        }

        @Override
        public Optional<String> ended(Machine machine, List<EndedVm> ended, String digest) {
            return recorder.ended(machine, ended, digest);
        }
    }
}
