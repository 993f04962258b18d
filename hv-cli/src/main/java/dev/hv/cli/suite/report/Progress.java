package dev.hv.cli.suite.report;

import dev.hv.cli.console.Messages;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.SuiteListener;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Shows how a run goes on: a line for each case that has ended, and on a terminal below them, drawn anew, what runs now. Names and reasons come from files and guests: control characters in them
 * are shown, never obeyed.
 */
public final class Progress implements SuiteListener {

    private static final double NANOS = 1e9;
    private static final int MOST_RUNNING = 16;
    private static final Map<String, String> COLOURS = Map.of("passed", "32", "failed", "31", "error", "31", "skipped", "33");

    private final PrintStream out;
    private final boolean terminal;
    private final int columns;
    /** What runs now, by case and repetition. */
    private final Map<String, String> running = new LinkedHashMap<>();
    private int total;
    private int over;
    private int bad;
    private int drawn;

    /**
     * Shows a run.
     *
     * @param terminal whether {@code out} understands control sequences
     * @param columns of the terminal
     */
    public Progress(PrintStream out, boolean terminal, int columns) {
        this.out = out;
        this.terminal = terminal;
        this.columns = columns;
    }

    @Override
    public synchronized void began(List<PlannedCase> plan, int repetitions) {
        total = plan.size() * repetitions;
        draw();
    }

    @Override
    public synchronized void settingUp(Setup setup, PlannedCase first) {
        String cell = first.cellText();
        say("setup " + first.suite() + "/" + setup.name() + (cell.isEmpty() ? "" : "[" + cell + "]"));
    }

    @Override
    public synchronized void started(PlannedCase planned, int repetition, int worker) {
        running.put(key(planned, repetition), planned.id());
        draw();
    }

    @Override
    public synchronized void progress(PlannedCase planned, int repetition, int step) {
        List<Step> steps = planned.spec().steps();
        String what = step < steps.size() ? steps.get(step).head().text() : "";
        running.put(key(planned, repetition), "%s: %d/%d %s".formatted(planned.id(), step + 1, steps.size(), what));
        draw();
    }

    @Override
    public synchronized void ended(CaseResult result) {
        running.remove(key(result.planned(), result.repetition()));
        over++;
        bad += result.status().bad() ? 1 : 0;
        String word = Row.word(result.status());
        String name = result.planned().suite() + "/" + Row.caseName(result);
        String reason = result.reason().isEmpty() ? "" : ": " + result.reason();
        long subtests = result.subtests().size();
        String more = subtests == 0 ? "" : ", " + subtests + " subtests";
        erase();
        out.println(coloured(word, "%-7s".formatted(word)) + " " + Messages.line(name + String.format(Locale.ROOT, " (%.2f s%s)", result.hostNanos() / NANOS, more) + reason));
        if (result.status().bad() && result.artefacts() != null) {
            out.println("        " + Messages.line("artefacts: " + result.artefacts()));
        }
        if (result.status().bad() && !result.replay().isEmpty()) {
            out.println("        " + Messages.line("again: " + result.replay()));
        }
        draw();
    }

    @Override
    public synchronized void finished(String interrupted) {
        erase();
        running.clear();
        if (interrupted != null) {
            out.println("ended early: " + Messages.line(interrupted));
        }
        out.flush();
    }

    private static String key(PlannedCase planned, int repetition) {
        return planned.id() + "#" + repetition;
    }

    private void say(String text) {
        erase();
        out.println(Messages.line(text));
        draw();
    }

    private String coloured(String word, String text) {
        return terminal ? "\033[" + COLOURS.get(word) + "m" + text + "\033[0m" : text;
    }

    private void erase() {
        if (drawn > 0) {
            // cursor up, and clear to the end of the screen
            out.print("\033[" + drawn + "A\033[J");
            drawn = 0;
        }
    }

    private void draw() {
        if (!terminal) {
            out.flush();
            return;
        }
        erase();
        List<String> lines = new ArrayList<>();
        lines.add("%d of %d%s".formatted(over, total, bad == 0 ? "" : ", " + bad + " failed"));
        running.values().stream().limit(MOST_RUNNING).forEach(r -> lines.add("  " + r));
        for (String l : lines) {
            String shown = Messages.line(l);
            out.println(shown.length() < columns ? shown : shown.substring(0, columns - 2) + "…");
        }
        drawn = lines.size();
        out.flush();
    }
}
