package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.Testbed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/** Runs cases one after the other in this process, each from a fork of its setup. */
final class CaseRunner implements AutoCloseable {

    /** Name of the checkpoint before the failing step, in a case's folder. */
    static final String CHECKPOINT = "checkpoint";
    /** What is told instead of a step's number while the case's setup is made. */
    static final int SETTING_UP = -1;

    private final SetupCache setups;
    private final Path artefacts;
    private final Agents agents;
    /** Ends this process as if it crashed; null where it runs more than cases. */
    private final Runnable kill;
    private final CaseCoverage.Images images = new CaseCoverage.Images();
    /** Null when nothing is noted. */
    private Path coverage;
    private volatile CaseAttempt running;
    private volatile boolean hurried;

    /**
     * A runner that keeps setups and artefacts in folders, which need not exist.
     *
     * @param kill ends this process as if it crashed; null where it runs more than cases
     */
    CaseRunner(Path checkpoints, Path artefacts, Agents agents, Runnable kill) {
        this.kill = kill;
        setups = new SetupCache(checkpoints, SetupCache.BOUND);
        this.artefacts = artefacts;
        this.agents = agents;
    }

    /** Has cases leave what they executed of kernels in a folder; nowhere for an empty name. */
    void cover(String folder) {
        coverage = folder.isEmpty() ? null : Path.of(folder);
    }

    /** Runs a case, whatever becomes of it. */
    CaseResult run(PlannedCase planned, int repetition, long seed, IntConsumer progress) {
        return run(planned, repetition, seed, false, progress);
    }

    /**
     * Runs a case, whatever becomes of it.
     *
     * @param digest whether its result has a digest of all state at its end
     * @param progress told the number of each step that begins, and {@link #SETTING_UP} when its setup is made first
     */
    CaseResult run(PlannedCase planned, int repetition, long seed, boolean digest, IntConsumer progress) {
        Checkpoint from;
        try {
            from = start(planned, () -> progress.accept(SETTING_UP));
        } catch (SetupException e) {
            return CaseResult.without(planned, repetition, seed, Status.ERROR, e.getMessage());
        }
        Path folder = folder(artefacts, planned, repetition);
        List<Step> steps = planned.spec().steps();
        CaseResult result;
        FailedCase failed = null;
        try (var attempt = begin(new CaseAttempt(planned.testbed(), from, steps, planned.spec().timeouts(), seed, folder, agents, kill));
                var live = LiveRecording.of(planned.testbed(), attempt, from, planned.spec().timeouts().guest(), CaseSettings.of(planned.testbed().platform(), from, steps, seed))) {
            CaseCoverage covered = coverage == null || planned.testbed().platform().coverage() == null ? null : images.of(planned.testbed().platform().coverage());
            attempt.cover(covered);
            attempt.trace(planned.spec().traces());
            boolean passed = attempt.run(steps.size(), progress);
            if (live != null) {
                live.end();
            }
            attempt.endTraces().forEach(Messages::say);
            if (covered != null) {
                covered.end();
                covered.leave(coverage, folder.getFileName().toString()).forEach(Messages::say);
            }
            StepResult last = attempt.results().isEmpty() ? null : attempt.results().getLast();
            Path left = null;
            String replay = "";
            long guestNanos = attempt.guestNanos();
            long hostNanos = attempt.hostNanos();
            String end = digest && attempt.lab() != null ? attempt.lab().lab().digest() : "";
            if (!passed) {
                replay = replay(planned, seed);
                left = leave(planned, attempt, folder, replay);
                failed = !hurried && attempt.lab() != null ? FailedCase.of(attempt) : null;
                if (failed != null && live != null) {
                    recorded(planned, seed, failed, folder, CaseRecording.complete(planned, null, failed, folder, live));
                }
            } else if (Files.isDirectory(folder)) {
                left = folder;
            }
            result = new CaseResult(planned, repetition, seed, passed ? Status.PASSED : last.status(), passed ? "" : reason(last, attempt.results().size()), guestNanos, hostNanos,
                    attempt.results().stream().filter(r -> r.step() != null).toList(), attempt.subtests(), attempt.console(), left, replay, end);
        } finally {
            running = null;
        }
        if (failed != null && !planned.testbed().platform().realTime()) {
            keep(planned, from, seed, failed, folder);
        }
        return result;
    }

    /** Keeps a recording of a case that failed, and the state before the step that did. Its own machines are gone: disks have one user at a time. */
    private void keep(PlannedCase planned, Checkpoint from, long seed, FailedCase failed, Path folder) {
        try {
            recorded(planned, seed, failed, folder, CaseRecording.write(planned, from, seed, failed, folder, agents, this::begin));
        } finally {
            running = null;
        }
        again(planned, from, seed, failed.results().size() - 1, folder);
    }

    /** Says in a case's log how its recording is repeated, if there is one. */
    private static void recorded(PlannedCase planned, long seed, FailedCase failed, Path folder, boolean there) {
        try {
            if (there) {
                log(planned, failed.results(), folder, replay(planned, seed) + "\n" + debug(folder));
            }
        } catch (IOException e) {
            // the folder was written a moment ago: the case's result says where it is, and all that is in it serves
        }
    }

    /** Where a case leaves what is left of it. */
    static Path folder(Path artefacts, PlannedCase planned, int repetition) {
        return artefacts.resolve(Folders.name(planned.id() + (repetition == 0 ? "" : "-" + repetition)));
    }

    private CaseAttempt begin(CaseAttempt attempt) {
        running = attempt;
        if (hurried) {
            attempt.hurry();
        }
        return attempt;
    }

    static String reason(StepResult last, int number) {
        return last.step() == null ? last.reason() : "step " + number + " (" + last.step().head().text() + "): " + last.reason();
    }

    /** What a case starts from; null when its machines boot for it. */
    Checkpoint start(PlannedCase planned, Runnable settingUp) throws SetupException {
        Setup setup = planned.spec().setup();
        Testbed testbed = planned.testbed();
        try {
            if (setup != null) {
                return setups.get(SetupKey.of(testbed, setup), folder -> {
                    settingUp.run();
                    make(testbed, setup, folder);
                });
            }
            return testbed.checkpoint() == null ? null : Checkpoint.open(testbed.checkpoint());
        } catch (IOException e) {
            throw new SetupException("a file of the machines cannot be read: " + e);
        } catch (CheckpointException e) {
            throw new SetupException("checkpoint " + testbed.checkpoint() + ": " + e.getMessage());
        }
    }

    private void make(Testbed testbed, Setup setup, Path folder) throws SetupException, CheckpointException {
        Checkpoint from = testbed.checkpoint() == null ? null : Checkpoint.open(testbed.checkpoint());
        try (var attempt = begin(new CaseAttempt(testbed, from, setup.steps(), setup.timeouts(), 0, folder.resolveSibling(folder.getFileName() + ".files"), agents, kill))) {
            boolean passed = attempt.run(setup.steps().size(), i -> { });
            if (passed && setup.steps().isEmpty()) {
                passed = attempt.awaitAgents(testbed.machines().stream().filter(m -> m.agent() != AgentWay.NONE).toList());
            }
            if (!passed) {
                StepResult last = attempt.results().getLast();
                throw new SetupException("setup " + setup.name() + ": " + reason(last, attempt.results().size()));
            }
            attempt.lab().checkpoint(folder);
        } finally {
            running = null;
        }
    }

    /** Runs a case that failed once more, up to the step that failed, and keeps the state before it: in virtual time it comes there as before. */
    private void again(PlannedCase planned, Checkpoint from, long seed, int step, Path folder) {
        try (var attempt = begin(new CaseAttempt(planned.testbed(), from, planned.spec().steps(), planned.spec().timeouts(), seed, folder, agents, kill))) {
            if (step >= 0 && attempt.run(step, i -> { })) {
                attempt.lab().checkpoint(folder.resolve(CHECKPOINT));
            }
        } catch (CheckpointException e) {
            // the folder's log says all the rest
            Folders.delete(folder.resolve(CHECKPOINT));
        } finally {
            running = null;
        }
    }

    /** Leaves console, log and screens of a case; where, or null when the host does not let. */
    static Path leave(PlannedCase planned, CaseAttempt attempt, Path folder, String replay) {
        try {
            Files.createDirectories(folder);
            if (attempt.lab() != null) {
                for (var t : attempt.lab().transcripts().entrySet()) {
                    Files.writeString(folder.resolve("console-" + Folders.name(t.getKey()) + ".log"), t.getValue().last(Transcript.KEPT));
                }
                for (MachineSpec m : planned.testbed().machines()) {
                    byte[] screen = attempt.lab().lab().screenshot(m.name());
                    if (screen != null) {
                        Files.write(folder.resolve("screen-" + Folders.name(m.name()) + ".png"), screen);
                    }
                }
            }
            log(planned, attempt.results(), folder, replay);
            return folder;
        } catch (IOException e) {
            return null;
        }
    }

    static void log(PlannedCase planned, List<StepResult> results, Path folder, String commands) throws IOException {
        Files.writeString(folder.resolve("steps.log"), planned.id() + "\n" + commands + "\n" + results.stream().map(CaseRunner::line).collect(Collectors.joining()), StandardCharsets.UTF_8);
    }

    /** The command that repeats a case's recording under a debugger. */
    static String debug(Path folder) {
        return "hv replay " + quoted(folder.resolve(CaseRecording.FILE).toString()) + " --gdb 1234";
    }

    private static String line(StepResult r) {
        return "%-7s %10.6f s  %s%s%n%s".formatted(r.status(), r.guestNanos() / 1e9, r.step() == null ? "start" : r.step().head().text(), r.reason().isEmpty() ? "" : ": " + r.reason(),
                r.output().isBlank() ? "" : r.output().stripTrailing().indent(8));
    }

    /** The command that runs a case as it was. */
    static String replay(PlannedCase planned, long seed) {
        return "hv test " + quoted(planned.spec().place().file().toString()) + " --filter " + quoted(planned.id()) + " --seed " + seed;
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9._/=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Has what runs end soon, and everything that begins later. From any thread. */
    void hurry() {
        hurried = true;
        CaseAttempt now = running;
        if (now != null) {
            now.hurry();
        }
    }

    @Override
    public void close() {
        setups.close();
    }
}
