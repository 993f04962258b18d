package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.WorkFolder;
import dev.hv.cli.record.Recorder;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Testbed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The recording of a case in real time, which comes to no equal end when its steps are done once more: it is written while the case runs, anew each time that machines go back to a state, and serves only if the case fails.
 */
final class LiveRecording implements AutoCloseable {

    private final Testbed testbed;
    private final CaseAttempt attempt;
    private final WorkFolder work;
    private Path file;
    private Beginning beginning;
    private boolean whole;

    /**
     * Where what is recorded began.
     *
     * @param state what machines went on from; null when they booted
     * @param done steps that were done before
     * @param left nanoseconds of the guest's time that the others had
     * @param settings how machines are run
     * @param unread what each machine had printed that no step had read
     */
    record Beginning(Checkpoint state, int done, long left, RunSettings settings, List<String> unread) {}

    private LiveRecording(Testbed testbed, CaseAttempt attempt, WorkFolder work) {
        this.testbed = testbed;
        this.attempt = attempt;
        this.work = work;
    }

    /** Has a case that has not begun recorded; null where its steps can be done again instead, and where processors run at the same time, which cannot be repeated. */
    static LiveRecording of(Testbed testbed, CaseAttempt attempt, Checkpoint from, long guest, RunSettings how) {
        if (!how.realTime() || how.parallel()) {
            return null;
        }
        LiveRecording live;
        try {
            live = new LiveRecording(testbed, attempt, new WorkFolder(CaseAttempt.WORK));
        } catch (IOException e) {
            // the case runs without
            return null;
        }
        CaseAttempt.Leg first = live.begin(new Beginning(from, 0, guest, how, List.of()));
        attempt.witness(first.witness(), first.settings());
        attempt.legs((state, done, left, settings) -> {
            live.end();
            return live.begin(new Beginning(state, done, left, settings, attempt.unread()));
        });
        return live;
    }

    private CaseAttempt.Leg begin(Beginning b) {
        whole = false;
        beginning = b;
        file = work.path().resolve(CaseRecording.FILE);
        LabConfig lab = CaseRecording.lab(testbed, b.state);
        try {
            return new CaseAttempt.Leg(new Recorder(file, lab, b.settings, b.state == null ? null : new Restart(b.state.folder(), b.state, null), null, List.of()), b.settings);
        } catch (UsageException e) {
            file = null;
            return new CaseAttempt.Leg(RunWitness.NONE, b.settings);
        }
    }

    /** Ends it where the machines stand now: what is asked of them from now on is no part of it. */
    void end() {
        whole = file != null && attempt.lab() != null && attempt.lab().lab().end().lost().isEmpty();
    }

    /** What was recorded, to its end; null when nothing was. */
    Path file() {
        return whole && Files.exists(file) ? file : null;
    }

    /** Where it began. */
    Beginning beginning() {
        return beginning;
    }

    @Override
    public void close() {
        work.close();
    }
}
