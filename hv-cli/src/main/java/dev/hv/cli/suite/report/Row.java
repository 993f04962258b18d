package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.SubtestResult;
import java.util.ArrayList;
import java.util.List;

/**
 * What counts as a case in a report: a case, or a subtest that its guest reported.
 *
 * @param result the case
 * @param subtest null for the case itself
 */
record Row(CaseResult result, SubtestResult subtest) {

    private static final double NANOS = 1e9;

    /** The rows of a case. One with subtests has them, and itself only when it has failed beyond them or without them. */
    static List<Row> of(CaseResult result) {
        List<Row> rows = new ArrayList<>();
        result.subtests().forEach(s -> rows.add(new Row(result, s)));
        boolean told = result.subtests().stream().anyMatch(s -> s.status().bad());
        if (rows.isEmpty() || result.status() == Status.ERROR || result.status().bad() && !told) {
            rows.addFirst(new Row(result, null));
        }
        return rows;
    }

    /** Name within the suite: the case with its cell and repetition, and the subtest. */
    String name() {
        return caseName(result) + (subtest == null ? "" : ": " + subtest.name());
    }

    /** Name of a case within its suite; repetitions count from 1, and the first has no number. */
    static String caseName(CaseResult result) {
        return result.planned().title() + (result.repetition() == 0 ? "" : " #" + (result.repetition() + 1));
    }

    Status status() {
        return subtest == null ? result.status() : subtest.status();
    }

    String reason() {
        return subtest == null ? result.reason() : subtest.reason();
    }

    /** Seconds of the host's time; a subtest's own when it is known, else 0: its case has it. */
    double seconds() {
        return (subtest == null ? result.hostNanos() : Math.max(0, subtest.nanos())) / NANOS;
    }

    /** What helps to see why: the subtest's diagnostics, or what the case did. */
    String details() {
        if (subtest != null) {
            return subtest.diagnostics();
        }
        var text = new StringBuilder();
        for (StepResult s : result.steps()) {
            text.append("%s: %s%s%n".formatted(word(s.status()), s.step().head().text(), s.reason().isEmpty() ? "" : ": " + s.reason()));
        }
        result.steps().stream().filter(s -> s.status().bad() && !s.output().isEmpty()).forEach(s -> text.append("--- output\n").append(s.output().stripTrailing()).append('\n'));
        if (result.status().bad() && !result.console().isEmpty()) {
            text.append("--- console\n").append(result.console().stripTrailing()).append('\n');
        }
        if (result.artefacts() != null) {
            text.append("artefacts: ").append(result.artefacts()).append('\n');
        }
        if (!result.replay().isEmpty()) {
            text.append("again: ").append(result.replay()).append('\n');
        }
        return text.toString();
    }

    static String word(Status status) {
        return switch (status) {
            case PASSED -> "passed";
            case FAILED -> "failed";
            case SKIPPED -> "skipped";
            case ERROR -> "error";
        };
    }
}
