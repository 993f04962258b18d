package dev.hv.cli.suite.report;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.SuiteListener;
import dev.hv.core.machine.VirtualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects results and writes the reports that were asked for. They can be written at any moment and from any thread, with what is known by then; each file is whole at every moment: it is
 * written beside its place and then takes it.
 */
public final class Reports implements SuiteListener {

    /**
     * Where reports go; null for one that is not wanted.
     *
     * @param junit JUnit XML
     * @param html a page
     * @param tap TAP 14
     * @param ktap KTAP 1
     */
    public record Targets(Path junit, Path html, Path tap, Path ktap) {}

    private static final long ANY_HZ = 1_000_000_000;

    private final Targets files;
    private final VirtualClock clock = VirtualClock.real(ANY_HZ);
    private final List<CaseResult> cases = new ArrayList<>();
    private int planned;
    private String interrupted;

    /** Nothing has run yet. */
    public Reports(Targets files) {
        this.files = files;
    }

    @Override
    public synchronized void began(List<PlannedCase> plan, int repetitions) {
        planned = plan.size() * repetitions;
    }

    @Override
    public synchronized void ended(CaseResult result) {
        cases.add(result);
    }

    @Override
    public synchronized void finished(String why) {
        if (why != null) {
            interrupted = why;
        }
    }

    /** Something asks the run to end early. */
    public synchronized void interrupted(String why) {
        interrupted = why;
    }

    /** The run's last line: {@code N passed, N failed, N skipped}. */
    public synchronized String summary() {
        return results().summary();
    }

    /** Whether everything that ran is as it must be, and nothing ended the run early. */
    public synchronized boolean good() {
        return interrupted == null && cases.stream().noneMatch(c -> Row.of(c).stream().anyMatch(r -> r.status().bad()));
    }

    private Results results() {
        return new Results(List.copyOf(cases), planned, interrupted, clock.bootEpochSeconds(), clock.hostNanos());
    }

    /**
     * Writes the reports with what is known so far.
     *
     * @throws IOException when one of them cannot be written; the others are tried
     */
    public synchronized void write() throws IOException {
        Results results = results();
        IOException first = null;
        for (var report : List.of(new Report(files.junit, () -> JUnitReport.of(results)), new Report(files.html, () -> HtmlReport.of(results)),
                new Report(files.tap, () -> TapReport.of(results, false)), new Report(files.ktap, () -> TapReport.of(results, true)))) {
            try {
                if (report.file != null) {
                    byte[] text = report.text.get().getBytes(StandardCharsets.UTF_8);
                    OutputFiles.whole(report.file, "rw-r--r--", part -> Files.write(part, text));
                }
            } catch (IOException e) {
                first = first == null ? new IOException(report.file + ": cannot be written: " + e.getMessage(), e) : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private record Report(Path file, java.util.function.Supplier<String> text) {}
}
