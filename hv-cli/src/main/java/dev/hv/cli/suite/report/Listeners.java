package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.SuiteListener;
import java.util.List;
import java.util.function.Consumer;

/** Tells several listeners, in order, whichever threads the calls come from. */
public final class Listeners implements SuiteListener {

    private final List<SuiteListener> all;

    /** Tells these. */
    public Listeners(List<SuiteListener> all) {
        this.all = List.copyOf(all);
    }

    private synchronized void tell(Consumer<SuiteListener> what) {
        all.forEach(what);
    }

    @Override
    public void began(List<PlannedCase> plan, int repetitions) {
        tell(l -> l.began(plan, repetitions));
    }

    @Override
    public void settingUp(Setup setup, PlannedCase first) {
        tell(l -> l.settingUp(setup, first));
    }

    @Override
    public void started(PlannedCase planned, int repetition, int worker) {
        tell(l -> l.started(planned, repetition, worker));
    }

    @Override
    public void progress(PlannedCase planned, int repetition, int step) {
        tell(l -> l.progress(planned, repetition, step));
    }

    @Override
    public void ended(CaseResult result) {
        tell(l -> l.ended(result));
    }

    @Override
    public void finished(String interrupted) {
        tell(l -> l.finished(interrupted));
    }
}
