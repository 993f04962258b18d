package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.SubtestResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * A run as one page that needs nothing else: styles and the few lines that filter are in it, and a policy in it forbids everything from elsewhere. Without scripts it shows all cases, and those
 * that failed opened.
 */
final class HtmlReport {

    private static final double NANOS = 1e9;
    private static final int MOST_OUTPUT = 32 << 10;

    private final StringBuilder out = new StringBuilder();

    private HtmlReport() {}

    static String of(Results results) {
        var report = new HtmlReport();
        report.page(results);
        return report.out.toString();
    }

    private void page(Results results) {
        List<Row> rows = results.rows();
        long failed = Results.count(rows, Status.FAILED) + Results.count(rows, Status.ERROR);
        boolean good = failed == 0 && results.interrupted() == null;
        String style = resource("report.css");
        String script = resource("report.js");
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta name=\"color-scheme\" content=\"light dark\">\n"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>");
        out.append(failed == 0 ? "passed" : failed + " failed").append(": hv test</title>\n<style>\n").append(style).append("</style>\n</head>\n<body>\n<header>\n<h1>hv test</h1>\n");
        out.append("<p class=\"summary ").append(good ? "passed" : "failed").append("\">").append(Html.of(results.summary())).append("</p>\n<p class=\"when\">");
        out.append(Html.of(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT).format(Instant.ofEpochSecond(results.begin()).atOffset(ZoneOffset.UTC))));
        out.append(", ").append(seconds(results.hostNanos()));
        if (results.interrupted() != null) {
            out.append(", ended early: ").append(Html.of(results.interrupted()));
        }
        out.append("</p>\n</header>\n");
        filters(rows, failed);
        out.append("<main>\n");
        for (String suite : results.suites()) {
            suite(suite, results.cases().stream().filter(c -> c.planned().suite().equals(suite)).toList());
        }
        out.append("<p id=\"nothing\" hidden>No case fits.</p>\n</main>\n<script>\n").append(script).append("</script>\n</body>\n</html>\n");
    }

    private void filters(List<Row> rows, long failed) {
        out.append("<form id=\"filters\" hidden>\n<label>Find <input type=\"search\" id=\"find\" autocomplete=\"off\" placeholder=\"name, tag or reason\"></label>\n<fieldset>\n<legend>Show</legend>\n");
        box("failed", failed);
        box("passed", Results.count(rows, Status.PASSED));
        box("skipped", Results.count(rows, Status.SKIPPED));
        out.append("</fieldset>\n<button type=\"button\" id=\"open\">Open all</button>\n<button type=\"button\" id=\"close\">Close all</button>\n<output id=\"count\" aria-live=\"polite\"></output>\n</form>\n");
    }

    private void box(String word, long count) {
        out.append("<label><input type=\"checkbox\" name=\"show\" value=\"").append(word).append("\" checked> ").append(word).append(" (").append(count).append(")</label>\n");
    }

    private void suite(String name, List<CaseResult> cases) {
        out.append("<section>\n<h2>").append(Html.of(name)).append(" <small>").append(cases.size()).append(cases.size() == 1 ? " case" : " cases").append("</small></h2>\n");
        cases.forEach(this::oneCase);
        out.append("</section>\n");
    }

    private void oneCase(CaseResult c) {
        String word = Row.word(c.status());
        String group = c.status() == Status.ERROR ? "failed" : word;
        out.append("<details class=\"case ").append(word).append("\" data-status=\"").append(group).append('"').append(c.status().bad() ? " open" : "").append(">\n<summary>");
        badge(c.status());
        String repetition = c.repetition() == 0 ? "" : " #" + (c.repetition() + 1);
        out.append(" <span class=\"name\">").append(Html.of(c.planned().spec().name() + repetition)).append("</span>");
        c.planned().cell().forEach((axis, value) -> out.append(" <span class=\"cell\">").append(Html.of(axis + "=" + value)).append("</span>"));
        c.planned().spec().tags().stream().sorted().forEach(t -> out.append(" <span class=\"tag\">").append(Html.of(t)).append("</span>"));
        out.append(" <span class=\"time\">").append(seconds(c.hostNanos())).append("</span>");
        if (!c.reason().isEmpty()) {
            out.append(" <span class=\"reason\">").append(Html.of(c.reason())).append("</span>");
        }
        out.append("</summary>\n<div class=\"body\">\n");
        facts(c);
        steps(c.steps());
        subtests(c.subtests());
        if (!c.console().isEmpty()) {
            out.append("<details").append(c.status().bad() ? " open" : "").append("><summary>console</summary>");
            block(c.console());
            out.append("</details>\n");
        }
        out.append("</div>\n</details>\n");
    }

    private void facts(CaseResult c) {
        out.append("<dl>\n");
        fact("written in", c.planned().spec().place().toString());
        fact("guest time", seconds(c.guestNanos()));
        fact("seed", Long.toString(c.seed()));
        if (c.planned().spec().setup() != null) {
            fact("starts from", c.planned().spec().setup().name());
        }
        if (c.artefacts() != null) {
            fact("artefacts", c.artefacts().toString());
        }
        if (!c.replay().isEmpty()) {
            out.append("<dt>again</dt><dd><code>").append(Html.of(c.replay())).append("</code></dd>\n");
        }
        out.append("</dl>\n");
    }

    private void fact(String name, String value) {
        out.append("<dt>").append(name).append("</dt><dd>").append(Html.of(value)).append("</dd>\n");
    }

    private void steps(List<StepResult> steps) {
        if (steps.isEmpty()) {
            return;
        }
        out.append("<table>\n<caption>Steps</caption>\n<thead><tr><th scope=\"col\">line</th><th scope=\"col\">result</th><th scope=\"col\" class=\"wide\">step</th><th scope=\"col\">guest time</th></tr></thead>\n<tbody>\n");
        for (StepResult s : steps) {
            out.append("<tr><td class=\"number\">").append(s.step().head().place().line()).append("</td><td>");
            badge(s.status());
            out.append("</td><td><code>").append(Html.of(s.step().head().text())).append("</code>");
            if (!s.reason().isEmpty()) {
                out.append("<p class=\"reason\">").append(Html.of(s.reason())).append("</p>");
            }
            if (!s.output().isEmpty()) {
                out.append("<details").append(s.status().bad() ? " open" : "").append("><summary>output</summary>");
                block(s.output());
                out.append("</details>");
            }
            out.append("</td><td class=\"number\">").append(seconds(s.guestNanos())).append("</td></tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private void subtests(List<SubtestResult> subtests) {
        if (subtests.isEmpty()) {
            return;
        }
        out.append("<table>\n<caption>Subtests</caption>\n<thead><tr><th scope=\"col\">result</th><th scope=\"col\" class=\"wide\">subtest</th></tr></thead>\n<tbody>\n");
        for (SubtestResult s : subtests) {
            out.append("<tr><td>");
            badge(s.status());
            out.append("</td><td>").append(Html.of(s.name()));
            if (!s.reason().isEmpty()) {
                out.append("<p class=\"reason\">").append(Html.of(s.reason())).append("</p>");
            }
            if (s.status().bad() && !s.diagnostics().isEmpty()) {
                block(s.diagnostics());
            }
            out.append("</td></tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private void badge(Status status) {
        String word = Row.word(status);
        out.append("<span class=\"badge ").append(word).append("\">").append(word).append("</span>");
    }

    private void block(String text) {
        out.append("<pre tabindex=\"0\">").append(Html.of(text.length() > MOST_OUTPUT ? text.substring(0, MOST_OUTPUT) + "…" : text)).append("</pre>");
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.2f s", nanos / NANOS);
    }

    private static String resource(String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
