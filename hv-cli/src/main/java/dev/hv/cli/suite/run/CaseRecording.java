package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.record.RecordedCase;
import dev.hv.cli.record.Recorder;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.LabRun;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * A recording of a case that failed. In virtual time its steps are done once more, and the recording says which: a replay does them again, too. Of a case whose steps only watch machines that boot, its machines
 * run once more, up to the instruction at which it was over, without the runner, and with rests from which a replay goes on: that changes nothing when they print the same.
 */
final class CaseRecording {

    /** Its name in a case's folder. */
    static final String FILE = "replay.hvr";
    /** The state that it begins with, in a case's folder. */
    static final String START = "start";

    private CaseRecording() {}

    /**
     * Writes it.
     *
     * @param from what the case began with; null when its machines booted
     * @param failed whose machines are gone
     * @param agents as it had them
     * @param running told of the attempt that is recorded, so that it can be hurried
     * @return whether there is one
     */
    static boolean write(PlannedCase planned, Checkpoint from, long seed, FailedCase failed, Path folder, Agents agents, Consumer<CaseAttempt> running) {
        if (watching(planned, from, seed, failed, folder)) {
            return true;
        }
        try {
            String text = text(planned);
            return text != null && doing(planned, text, from, seed, failed, folder, agents, running);
        } catch (IOException e) {
            return false;
        }
    }

    /** Writes that of a case whose steps were not written in a file: a text has them. */
    static boolean write(PlannedCase planned, String text, Checkpoint from, long seed, FailedCase failed, Path folder, Agents agents) {
        return doing(planned, text, from, seed, failed, folder, agents, attempt -> { });
    }

    private static boolean watching(PlannedCase planned, Checkpoint from, long seed, FailedCase failed, Path folder) {
        if (from != null || !planned.spec().steps().stream().allMatch(s -> s instanceof Step.End || s instanceof Step.Console || s instanceof Step.Wait)) {
            return false;
        }
        Path file = folder.resolve(FILE);
        try {
            Files.createDirectories(folder);
            var lab = new LabConfig(planned.testbed().machines().stream().map(m -> shown(m.vm())).toList());
            RunSettings settings = until(CaseSettings.of(planned.testbed().platform(), null, planned.spec().steps(), seed), failed.instructions());
            var witness = new Witness(new Recorder(file, lab, settings, null, 0, seed));
            var run = new LabRun(lab, settings, null, witness);
            run.interleave(seed);
            run.run();
            boolean same = planned.testbed().machines().stream().allMatch(m -> witness.printed(m.name()).last(Transcript.KEPT).equals(failed.printed().get(m.name())));
            if (same) {
                return true;
            }
            Files.deleteIfExists(file);
        } catch (UsageException | IOException e) {
            // the folder's log says all the rest
        }
        return false;
    }

    private static boolean doing(PlannedCase planned, String text, Checkpoint from, long seed, FailedCase failed, Path folder, Agents agents, Consumer<CaseAttempt> running) {
        List<StepResult> results = failed.results();
        List<Step> begun = results.stream().map(StepResult::step).toList();
        if (begun.isEmpty() || begun.contains(null)) {
            return false;
        }
        int back = lastRestore(begun);
        if (countsOverReturn(begun)) {
            return false;
        }
        var recording = new InProgress(planned, text, results, failed, folder.resolve(FILE), folder.resolve(START));
        boolean kept = false;
        try {
            Files.createDirectories(folder);
            long limit = planned.spec().timeouts().guest();
            try (var again = new CaseAttempt(planned.testbed(), back < 0 ? recording.start(from) : from, planned.spec().steps(), new Timeouts(limit, Timeouts.NONE), seed, null, agents, null)) {
                running.accept(again);
                if (back < 0) {
                    CaseAttempt.Leg leg = recording.begin(from, 0, limit, CaseSettings.of(planned.testbed().platform(), from, planned.spec().steps(), seed), List.of());
                    again.witness(leg.witness(), leg.settings());
                } else {
                    again.legs((state, done, left, how) -> done - 1 == back ? recording.begin(state, done, left, how, again.unread()) : new CaseAttempt.Leg(RunWitness.NONE, how));
                }
                again.run(results.size(), i -> { });
                if (again.lab() == null || !recording.begun || !again.lab().lab().end().lost().isEmpty()) {
                    return false;
                }
                // what ended it from outside did so at an instruction, or before one
                kept = again.results().size() == results.size() && (failed.hostLimit() ? again.lab().lab().machine().instructions() >= failed.instructions() : again.lab().lab().digest().equals(failed.digest()));
            }
        } catch (UsageException | CheckpointException | IOException e) {
            // the folder's log says all the rest
        } finally {
            if (!kept) {
                recording.remove();
            }
        }
        return kept;
    }

    /**
     * Completes that of a case in real time, which was written while it ran.
     *
     * @param text of a suite that has the case; null for its own file
     * @param live whose state, where it began with one, is still there
     * @return whether there is one
     */
    static boolean complete(PlannedCase planned, String text, FailedCase failed, Path folder, LiveRecording live) {
        List<StepResult> results = failed.results();
        List<Step> steps = results.stream().map(StepResult::step).toList();
        if (live.file() == null || steps.isEmpty() || steps.contains(null) || countsOverReturn(steps)) {
            return false;
        }
        try {
            String of = text == null ? text(planned) : text;
            if (of == null) {
                return false;
            }
            Files.createDirectories(folder);
            new InProgress(planned, of, results, failed, folder.resolve(FILE), folder.resolve(START)).complete(live.file(), live.beginning());
            return true;
        } catch (UsageException | CheckpointException | IOException e) {
            // the folder's log says all the rest
            folder.resolve(FILE).toFile().delete();
            Folders.delete(folder.resolve(START));
            return false;
        }
    }

    /** Whether a step behind the last return to a state looks at what has been counted since the case began, which is no part of a state. */
    private static boolean countsOverReturn(List<Step> steps) {
        int back = lastRestore(steps);
        return back >= 0 && steps.subList(back, steps.size()).stream().anyMatch(s -> s instanceof Step.Counter c && c.change());
    }

    private static int lastRestore(List<Step> steps) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (steps.get(i) instanceof Step.Restore) {
                return i;
            }
        }
        return -1;
    }

    /** A recording that is written. */
    private static final class InProgress {
        private final PlannedCase planned;
        private final String text;
        private final List<StepResult> results;
        private final FailedCase failed;
        private final Path file;
        private final Path start;
        private boolean begun;

        InProgress(PlannedCase planned, String text, List<StepResult> results, FailedCase failed, Path file, Path start) {
            this.planned = planned;
            this.text = text;
            this.results = results;
            this.failed = failed;
            this.file = file;
            this.start = start;
        }

        /** The state that it begins with, in a folder beside it; null for none. */
        Checkpoint start(Checkpoint from) throws IOException, CheckpointException {
            if (from == null) {
                return null;
            }
            if (!from.folder().equals(start)) {
                Folders.link(from.folder(), start);
            }
            return Checkpoint.open(start);
        }

        private Restart restart(Checkpoint from) throws IOException, CheckpointException {
            Checkpoint beginning = start(from);
            return beginning == null ? null : new Restart(start, beginning, null);
        }

        private RecordedCase ofCase(int done, long left, List<String> unread) {
            return new RecordedCase(planned.spec().place().file().toAbsolutePath().toString(), text, planned.id(), done, results.size(), left, unread, failed.reason());
        }

        /** Files that the steps behind those that are done read. */
        private List<Path> files(int done) {
            return CaseRecording.files(results.subList(done, results.size()).stream().map(StepResult::step).toList());
        }

        /** Begins where machines are started or go back to a state. */
        CaseAttempt.Leg begin(Checkpoint from, int done, long left, RunSettings how, List<String> unread) throws IOException, CheckpointException {
            RunSettings settings = failed.hostLimit() ? until(how, failed.instructions() - failed.first()) : how;
            Restart restart = restart(from);
            begun = true;
            return new CaseAttempt.Leg(new Recorder(file, lab(planned.testbed(), from), settings, restart, ofCase(done, left, unread), files(done)), settings);
        }

        /** Completes what was recorded while the case ran: now its steps are known. */
        void complete(Path recorded, LiveRecording.Beginning b) throws IOException, CheckpointException {
            Recorder.complete(recorded, file, lab(planned.testbed(), b.state()), b.settings(), restart(b.state()), ofCase(b.done(), b.left(), b.unread()), files(b.done()));
        }

        void remove() {
            file.toFile().delete();
            Folders.delete(start);
        }
    }

    /** The machines of a case, as they are recorded. */
    static LabConfig lab(Testbed testbed, Checkpoint from) {
        return new LabConfig((from == null ? testbed.lab() : from.manifest().lab()).machines().stream().map(CaseRecording::shown).toList());
    }

    /** The suite's file, if the case still stands in it as it was planned; else null. */
    private static String text(PlannedCase planned) throws IOException {
        Path file = planned.spec().place().file();
        String text = Files.readString(file);
        try {
            PlannedCase now = CaseReplay.find(file, text, planned.id());
            return now != null && written(now).equals(written(planned)) ? text : null;
        } catch (UsageException e) {
            return null;
        }
    }

    /** A case in words; bytes are not shown as what they are. */
    private static String written(PlannedCase planned) {
        return planned.toString().replaceAll("\\[B@[0-9a-f]+", "bytes");
    }

    /** Files that steps read. */
    private static List<Path> files(List<Step> steps) {
        List<Path> all = new ArrayList<>();
        for (Step s : steps) {
            if (s instanceof Step.Put put && put.file() != null) {
                all.add(put.file());
            }
            if (s instanceof Step.Copy copy) {
                all.add(copy.what().file());
            }
        }
        return all;
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
