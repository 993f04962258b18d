package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Status;
import java.util.List;
import java.util.Locale;

/**
 * The results of a run so far.
 *
 * @param cases in the order in which they ended
 * @param planned cases that were to be run, repetitions included
 * @param interrupted what ended the run early; null when nothing did
 * @param begin seconds since 1970 when the run began
 * @param hostNanos since then
 */
record Results(List<CaseResult> cases, int planned, String interrupted, long begin, long hostNanos) {

    List<Row> rows() {
        return cases.stream().flatMap(c -> Row.of(c).stream()).toList();
    }

    static long count(List<Row> rows, Status status) {
        return rows.stream().filter(r -> r.status() == status).count();
    }

    /** Names of suites, in the order in which their first case ended. */
    List<String> suites() {
        return cases.stream().map(c -> c.planned().suite()).distinct().toList();
    }

    /** The last line of a run. Errors count as failed. */
    String summary() {
        List<Row> rows = rows();
        long failed = count(rows, Status.FAILED) + count(rows, Status.ERROR);
        int left = planned - cases.size();
        return "%d passed, %d failed, %d skipped".formatted(count(rows, Status.PASSED), failed, count(rows, Status.SKIPPED)) + (left > 0 ? ", " + left + " not run" : "");
    }

    static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.3f", seconds);
    }
}
