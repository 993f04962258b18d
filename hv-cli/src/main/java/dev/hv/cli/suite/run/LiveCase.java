package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A case whose steps a program decides one by one, as it sees what came of the last one. Its machines start from a fork of the planned case's setup. It is used and closed by one thread, which is the machine's.
 */
public final class LiveCase implements AutoCloseable {

    private final PlannedCase planned;
    private final long seed;
    private final Path folder;
    private final CaseRunner runner;
    private final CaseAttempt attempt;
    /** What it began with; null when its machines booted. */
    private final Checkpoint from;
    /** Null in virtual time. */
    private final LiveRecording live;
    private FailedCase failed;

    /**
     * Starts the machines.
     *
     * @param planned on what; its own steps are not run
     * @param setups folder in which setups are kept, from run to run; it need not exist
     * @param artefacts folder in which the case leaves its own
     * @throws IOException when the machines cannot be built, or their setup cannot be made, and why
     */
    public LiveCase(PlannedCase planned, Path setups, Path artefacts, long seed) throws IOException {
        this.planned = planned;
        this.seed = seed;
        folder = CaseRunner.folder(artefacts, planned, 0);
        runner = new CaseRunner(setups, artefacts, DrivenAgents.INSTANCE, null);
        CaseAttempt begun = null;
        LiveRecording recorded = null;
        try {
            from = runner.start(planned, () -> { });
            begun = new CaseAttempt(planned.testbed(), from, List.of(), planned.spec().timeouts(), seed, folder, DrivenAgents.INSTANCE, null);
            recorded = LiveRecording.of(planned.testbed(), begun, from, planned.spec().timeouts().guest(), CaseSettings.of(planned.testbed().platform(), from, List.of(), seed));
            if (!begun.run(0, i -> { })) {
                throw new IOException(begun.results().getLast().reason());
            }
        } catch (SetupException | IOException | RuntimeException e) {
            if (recorded != null) {
                recorded.close();
            }
            if (begun != null) {
                begun.close();
            }
            runner.close();
            if (e instanceof RuntimeException r) {
                throw r;
            }
            throw new IOException(e.getMessage());
        }
        attempt = begun;
        live = recorded;
    }

    /** Whether it follows the host's time: then what is recorded of it is completed before it is closed, else after that. */
    public boolean realTime() {
        return live != null;
    }

    /** Runs a step, whatever becomes of it. */
    public StepResult step(Step step) {
        return attempt.step(step);
    }

    /** The last that all machines printed. */
    public String console() {
        return attempt.console();
    }

    /** Digest of all state. */
    public String digest() {
        return attempt.lab().lab().digest();
    }

    /**
     * Leaves console, log and a checkpoint of the state as it is now in the case's folder; null when the host does not let.
     *
     * @param reason for which it failed, in a line
     */
    public Path leave(String reason) {
        if (live != null) {
            live.end();
        }
        failed = live == null && planned.testbed().platform().realTime() ? null : FailedCase.of(attempt, reason);
        Path left = CaseRunner.leave(planned, attempt, folder, "seed " + seed);
        if (left != null && planned.testbed().machines().stream().allMatch(m -> attempt.lab().lab().end(m.name()) == null)) {
            try {
                attempt.lab().checkpoint(left.resolve(CaseRunner.CHECKPOINT));
            } catch (CheckpointException e) {
                Folders.delete(left.resolve(CaseRunner.CHECKPOINT));
            }
        }
        return left;
    }

    /**
     * Leaves a recording, too, after {@link #leave}, and as {@link #realTime} says before or after {@link #close}.
     *
     * @param whole the same case with the steps that it had
     * @param text of a suite that has it
     */
    public void record(PlannedCase whole, String text) {
        if (failed != null && (live != null ? CaseRecording.complete(whole, text, failed, folder, live) : CaseRecording.write(whole, text, from, seed, failed, folder, DrivenAgents.INSTANCE))) {
            try {
                CaseRunner.log(planned, failed.results(), folder, "seed " + seed + "\n" + CaseRunner.debug(folder));
            } catch (IOException e) {
                // the recording is there all the same
            }
        }
    }

    /** Folder of what {@link Step.Get} fetched and {@link #leave} left; it exists when there is any. */
    public Path folder() {
        return folder;
    }

    /** What a file that was fetched holds. */
    public byte[] fetched(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name));
    }

    @Override
    public void close() {
        if (live != null) {
            live.close();
        }
        attempt.close();
        runner.close();
    }
}
