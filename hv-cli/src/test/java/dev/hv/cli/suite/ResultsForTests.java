package dev.hv.cli.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A runner that runs nothing, and gives each case the next of some results: for what is planned, reported and shown. */
public final class ResultsForTests implements SuiteRunner {

    private static final long MS = 1_000_000;

    private final List<Status> statuses;
    private volatile String stopped;
    /** What is done after the first case. */
    public Runnable between = () -> { };
    public SuiteRunSettings settings;

    /** Statuses that cases get, one after the other, and again from the beginning. */
    public ResultsForTests(Status... statuses) {
        this.statuses = List.of(statuses);
    }

    @Override
    public void run(List<PlannedCase> plan, SuiteRunSettings s, SuiteListener listener) {
        settings = s;
        listener.began(plan, s.repetitions());
        int n = 0;
        for (PlannedCase c : plan) {
            for (int r = 0; r < s.repetitions() && stopped == null; r++) {
                listener.started(c, r, 0);
                for (int step = 0; step < c.spec().steps().size(); step++) {
                    listener.progress(c, r, step);
                }
                Status status = statuses.get(n++ % statuses.size());
                listener.ended(result(c, r, status));
                if (n == 1) {
                    between.run();
                }
            }
        }
        listener.finished(stopped);
    }

    @Override
    public void stop(String why) {
        stopped = why;
    }

    /** A result with everything in it that a hostile guest can put there. */
    public static CaseResult result(PlannedCase c, int repetition, Status status) {
        boolean bad = status.bad();
        String nasty = "]]> <b>&\"'\u0001\u001b[31m\uFFFE # SKIP";
        List<StepResult> steps = new ArrayList<>();
        for (Step step : c.spec().steps()) {
            steps.add(new StepResult(step, steps.isEmpty() ? Status.PASSED : status, steps.isEmpty() ? "" : bad ? "is \"x\", expected \"root\"" : "", 12 * MS, 3 * MS, "output " + nasty + "\nsecond line"));
        }
        List<SubtestResult> subtests = c.spec().steps().size() < 2 ? List.of() : List.of(new SubtestResult("sub/one", Status.PASSED, "", -1, ""), new SubtestResult("sub/two # x", bad ? Status.FAILED : Status.SKIPPED, "not here", MS, "why: " + nasty));
        return new CaseResult(c, repetition, 7 + repetition, status, bad ? "step 2 failed: " + nasty : status == Status.SKIPPED ? "not yet" : "", 24 * MS, 6 * MS, steps, subtests, "login: " + nasty, bad ? Path.of("hv-artefacts/one") : null,
                bad ? "hv test s.yaml --filter 'one' --seed 7" : "", "");
    }
}
