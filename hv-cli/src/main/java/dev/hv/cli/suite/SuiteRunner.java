package dev.hv.cli.suite;

import java.util.List;

/** Runs planned cases. */
public interface SuiteRunner {

    /**
     * Runs all of them, and returns when they are over or {@link #stop} was called; then no process, socket or half file of it is left.
     *
     * @param listener told everything; {@link SuiteListener#began} first and {@link SuiteListener#finished} last
     */
    void run(List<PlannedCase> plan, SuiteRunSettings settings, SuiteListener listener);

    /**
     * Has {@link #run} come to its end: cases under way end as {@link Status#ERROR}, no further one begins. From any thread, also before {@code run}.
     *
     * @param why such as SIGTERM
     */
    void stop(String why);
}
