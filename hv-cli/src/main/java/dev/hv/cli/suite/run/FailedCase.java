package dev.hv.cli.suite.run;

import dev.hv.cli.suite.StepResult;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of a case that failed when its machines are gone.
 *
 * @param results of the steps that were begun
 * @param reason in a line
 * @param first instructions that the machine had run when it began, or went back to a state last
 * @param instructions that it had run at the end
 * @param digest of all state then
 * @param hostLimit whether it failed because the host's time was up, at an instant that is not the guests' doing
 * @param printed the last that each machine printed
 */
record FailedCase(List<StepResult> results, String reason, long first, long instructions, String digest, boolean hostLimit, Map<String, String> printed) {

    /** An attempt that has failed, whose machines were built. */
    static FailedCase of(CaseAttempt attempt) {
        List<StepResult> results = attempt.results();
        return of(attempt, results.isEmpty() ? "" : CaseRunner.reason(results.getLast(), results.size()));
    }

    /** The same, with a reason of its own. */
    static FailedCase of(CaseAttempt attempt, String reason) {
        Map<String, String> printed = new HashMap<>();
        attempt.lab().transcripts().forEach((machine, t) -> printed.put(machine, t.last(Transcript.KEPT)));
        return new FailedCase(List.copyOf(attempt.results()), reason, attempt.first(), attempt.lab().lab().machine().instructions(), attempt.lab().lab().digest(), attempt.hostLimit(), printed);
    }
}
