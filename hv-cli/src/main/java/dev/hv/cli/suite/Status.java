package dev.hv.cli.suite;

/** What became of a case, a step or a subtest. */
public enum Status {
    /** Everything was as it must be. */
    PASSED,
    /** Something was not. */
    FAILED,
    /** It was not run, on purpose. */
    SKIPPED,
    /** It could not be found out: the agent or the worker went away, the setup failed, a signal came, or hv has a bug. Counts as failed. */
    ERROR;

    /** Whether a run with this in it has failed. */
    public boolean bad() {
        return this == FAILED || this == ERROR;
    }
}
