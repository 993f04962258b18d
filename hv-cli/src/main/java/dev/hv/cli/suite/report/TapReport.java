package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SubtestResult;
import java.util.List;

/** Results as TAP 14 or as KTAP 1: a line a case, those of its subtests nested before it. */
final class TapReport {

    private static final int MOST_LINES = 200;

    private final StringBuilder out = new StringBuilder();
    private final boolean kernel;

    private TapReport(boolean kernel) {
        this.kernel = kernel;
    }

    /**
     * The report.
     *
     * @param kernel whether as KTAP
     */
    static String of(Results results, boolean kernel) {
        var report = new TapReport(kernel);
        report.document(results);
        return report.out.toString();
    }

    private void document(Results results) {
        out.append(version()).append("\n1..").append(results.cases().size()).append('\n');
        int n = 0;
        for (CaseResult c : results.cases()) {
            result(c, ++n);
        }
        if (results.interrupted() != null) {
            out.append(kernel ? "# " : "Bail out! ").append("ended by ").append(line(results.interrupted())).append('\n');
        }
    }

    private String version() {
        return kernel ? "KTAP version 1" : "TAP version 14";
    }

    private void result(CaseResult c, int number) {
        String name = c.planned().suite() + "/" + Row.caseName(c);
        if (!c.subtests().isEmpty()) {
            String indent = kernel ? "  " : "    ";
            out.append(kernel ? indent + version() + "\n" + indent : "").append("# Subtest: ").append(escaped(name)).append('\n');
            out.append(indent).append("1..").append(c.subtests().size()).append('\n');
            int n = 0;
            for (SubtestResult s : c.subtests()) {
                one(indent, ++n, s.name(), s.status(), s.reason(), s.diagnostics());
            }
        }
        one("", number, name, c.status(), c.reason(), c.status().bad() ? new Row(c, null).details() : "");
    }

    private void one(String indent, int number, String name, Status status, String reason, String details) {
        if (kernel) {
            comment(indent, details);
        }
        out.append(indent).append(status.bad() ? "not ok " : "ok ").append(number).append(kernel ? " " : " - ").append(escaped(name));
        if (status == Status.SKIPPED) {
            out.append(" # SKIP ").append(line(reason));
        } else if (kernel && status == Status.ERROR) {
            out.append(" # ERROR ").append(line(reason));
        }
        out.append('\n');
        if (status.bad() && !kernel) {
            out.append(indent).append("  ---\n").append(indent).append("  message: ").append(quoted(line(reason))).append('\n');
            out.append(indent).append("  severity: ").append(status == Status.ERROR ? "error" : "fail").append('\n');
            out.append(indent).append("  ...\n");
            comment(indent, details);
        }
    }

    private void comment(String indent, String details) {
        List<String> lines = details.lines().limit(MOST_LINES).toList();
        lines.forEach(l -> out.append(indent).append("# ").append(line(l)).append('\n'));
    }

    /** A name in which nothing can be taken for a directive, nor for the number. */
    private String escaped(String name) {
        String line = line(name);
        return kernel ? line.replace('#', '_') : line.replace("\\", "\\\\").replace("#", "\\#");
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static String line(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }
}
