package dev.hv.cli.suite.report;

import dev.hv.cli.suite.Status;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** JUnit's XML as Maven's plugins, Jenkins and GitLab read it: a {@code testsuite} a suite, a {@code testcase} a case or subtest. */
final class JUnitReport {

    private static final int MOST_TEXT = 64 << 10;

    private final StringBuilder out = new StringBuilder();

    private JUnitReport() {}

    static String of(Results results) {
        var report = new JUnitReport();
        report.document(results);
        return report.out.toString();
    }

    private void document(Results results) {
        List<Row> rows = results.rows();
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hv test\"");
        counts(rows, results.hostNanos() / 1e9);
        out.append(">\n");
        int id = 0;
        for (String suite : results.suites()) {
            suite(suite, id++, rows.stream().filter(r -> r.result().planned().suite().equals(suite)).toList(), results);
        }
        out.append("</testsuites>\n");
    }

    private void counts(List<Row> rows, double seconds) {
        attribute("tests", Integer.toString(rows.size()));
        attribute("failures", Long.toString(Results.count(rows, Status.FAILED)));
        attribute("errors", Long.toString(Results.count(rows, Status.ERROR)));
        attribute("skipped", Long.toString(Results.count(rows, Status.SKIPPED)));
        attribute("time", Results.seconds(seconds));
    }

    private void suite(String name, int id, List<Row> rows, Results results) {
        out.append("  <testsuite");
        attribute("name", name);
        attribute("id", Integer.toString(id));
        attribute("package", name);
        attribute("hostname", "localhost");
        attribute("timestamp", DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(Instant.ofEpochSecond(results.begin()).atOffset(ZoneOffset.UTC)));
        counts(rows, results.cases().stream().filter(c -> c.planned().suite().equals(name)).mapToLong(c -> c.hostNanos()).sum() / 1e9);
        out.append(">\n    <properties>\n");
        if (results.interrupted() != null) {
            property("interrupted", results.interrupted());
        }
        property("planned", Integer.toString(results.planned()));
        out.append("    </properties>\n");
        rows.forEach(this::row);
        out.append("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
    }

    private void property(String name, String value) {
        out.append("      <property");
        attribute("name", name);
        attribute("value", value);
        out.append("/>\n");
    }

    private void row(Row row) {
        out.append("    <testcase");
        String cell = row.result().planned().cellText();
        attribute("name", row.name());
        attribute("classname", row.result().planned().suite() + (cell.isEmpty() ? "" : "." + cell));
        attribute("time", Results.seconds(row.seconds()));
        out.append(">\n");
        switch (row.status()) {
            case PASSED -> { }
            case SKIPPED -> {
                out.append("      <skipped");
                attribute("message", row.reason());
                out.append("/>\n");
            }
            case FAILED -> fault("failure", "failed", row);
            case ERROR -> fault("error", "error", row);
        }
        if (!row.status().bad() && !row.details().isEmpty()) {
            out.append("      <system-out>");
            text(row.details());
            out.append("</system-out>\n");
        }
        out.append("    </testcase>\n");
    }

    private void fault(String element, String type, Row row) {
        out.append("      <").append(element);
        attribute("message", row.reason());
        attribute("type", type);
        out.append('>');
        text(row.details());
        out.append("</").append(element).append(">\n");
    }

    private void attribute(String name, String value) {
        out.append(' ').append(name).append("=\"").append(escaped(value, true)).append('"');
    }

    private void text(String text) {
        out.append(escaped(text.length() > MOST_TEXT ? text.substring(0, MOST_TEXT) + "…" : text, false));
    }

    /** Text for XML 1.0, which has no form for most control characters: they are shown as pictures (U+2400). */
    static String escaped(String text, boolean attribute) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\n', '\t', '\r' -> out.append(attribute ? "&#" + c + ";" : c == '\r' ? "&#13;" : Character.toString(c));
                default -> {
                    if (c < ' ') {
                        out.appendCodePoint(0x2400 + c);
                    } else if (c >= 0xD800 && c <= 0xDFFF || c == 0xFFFE || c == 0xFFFF) {
                        out.append('\uFFFD');
                    } else {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
        return out.toString();
    }
}
