package dev.hv.cli.suite;

import java.util.List;

/** Hears how a run of suites goes on. Calls come from one thread at a time, in the order in which things happened. */
public interface SuiteListener {

    /**
     * The run begins.
     *
     * @param plan everything that is to be run, in order
     * @param repetitions how often each case is
     */
    default void began(List<PlannedCase> plan, int repetitions) {}

    /** A setup is made, which cases wait for. */
    default void settingUp(Setup setup, PlannedCase first) {}

    /**
     * A case begins.
     *
     * @param repetition from 0
     * @param worker number of what runs it, from 0
     */
    default void started(PlannedCase planned, int repetition, int worker) {}

    /**
     * A case begins a step.
     *
     * @param step its number, from 0
     */
    default void progress(PlannedCase planned, int repetition, int step) {}

    /** A case is over. Each case that was started ends, and cases that are skipped end without a start. */
    default void ended(CaseResult result) {}

    /**
     * The run is over. Cases that were not run, because one failed or a signal came, have no result.
     *
     * @param interrupted what ended it early, such as SIGTERM; null when nothing did
     */
    default void finished(String interrupted) {}
}
