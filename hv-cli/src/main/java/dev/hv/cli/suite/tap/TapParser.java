package dev.hv.cli.suite.tap;

import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SubtestResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * Finds results in what a guest printed: TAP 13 and 14, KTAP 1 as kselftest and KUnit print it, nested as deep as they like, with the kernel's times in front of lines and other lines in
 * between. What is nested ends with the result of what it is part of; only the innermost results are reported, and an outer one where it failed and nothing in it did. What contradicts itself (a
 * plan with another number of tests, numbers out of turn, a report that breaks off) is reported as an error. The guest may print whatever it likes: the number of results and all lengths are bounded.
 */
public final class TapParser {

    private static final int MOST = 100_000;
    private static final int MOST_DIAGNOSTICS = 4000;
    private static final int DEEPEST = 32;
    private static final double NANOS_PER_MS = 1e6;

    /** A report, or one nested in it. */
    private static final class Level {
        final int indent;
        /** Name that {@code # Subtest:} gave; empty when none did. */
        String name = "";
        int planned = -1;
        String planDirective = "";
        int seen;
        boolean outOfTurn;
        /** It was given up: nothing more of it counts, nor what was planned. */
        boolean bailedOut;
        /** Everything innermost so far, with names from this level on. */
        final List<SubtestResult> results = new ArrayList<>();

        Level(int indent) {
            this.indent = indent;
        }
    }

    private final List<SubtestResult> done = new ArrayList<>();
    private final Deque<Level> open = new ArrayDeque<>();
    private final StringBuilder diagnostics = new StringBuilder();
    private boolean yaml;
    private boolean bailedOut;
    private int count;
    /** Name that the next nested level has. */
    private String announced = "";

    private TapParser() {}

    /** All results in a text, in its order. */
    public static List<SubtestResult> parse(String text) {
        var parser = new TapParser();
        text.lines().forEach(parser::line);
        parser.closeTo(-1);
        return List.copyOf(parser.done);
    }

    /** What is wrong with results taken together, in a line; null when nothing is. */
    public static String problem(List<SubtestResult> results) {
        if (results.isEmpty()) {
            return "no TAP or KTAP results were printed";
        }
        long bad = results.stream().filter(r -> r.status().bad()).count();
        return bad == 0 ? null : "%d of %d subtests failed, first %s".formatted(bad, results.size(), results.stream().filter(r -> r.status().bad()).findFirst().orElseThrow().name());
    }

    private void line(String raw) {
        TapLine l = TapLine.of(raw);
        if (bailedOut) {
            return;
        }
        if (yaml) {
            yamlLine(l);
            return;
        }
        if (!open.isEmpty() && open.peek().bailedOut && l.indent() >= open.peek().indent) {
            return;
        }
        switch (l.kind()) {
            case VERSION -> {
                closeTo(l.indent() - 1);
                at(l.indent());
            }
            case PLAN -> {
                Level level = at(l.indent());
                if (level.planned >= 0) {
                    // another report begins at the same depth, without a line that says its version
                    closeTo(l.indent() - 1);
                    level = at(l.indent());
                }
                level.planned = l.number();
                level.planDirective = l.directive();
            }
            case SUBTEST -> subtest(l);
            case OK, NOT_OK -> result(l);
            case DIAGNOSTIC -> note(l.text());
            case BAIL_OUT -> bailOut(l);
            case YAML_BEGIN -> yaml = !open.isEmpty() && last() != null;
            default -> { }
        }
    }

    /** A nested report that is given up ends there, and those around it go on; at the top everything does. */
    private void bailOut(TapLine l) {
        boolean nested = open.size() > 1 && l.indent() >= open.peek().indent;
        if (l.indent() > 0 && !open.isEmpty() && !nested) {
            // behind a hash, with no report there: what a program says of something else
            note("Bail out! " + l.text());
            return;
        }
        Level level = at(l.indent());
        add(level, new SubtestResult("bail out", Status.ERROR, "Bail out!" + (l.text().isEmpty() ? "" : " " + l.text()), -1, taken()));
        level.bailedOut = true;
        bailedOut = !nested;
    }

    /** TAP 14 names a nested report in it or before it, KTAP in it, behind the line of its version. */
    private void subtest(TapLine l) {
        if (!open.isEmpty() && open.peek().indent == l.indent() && open.peek().name.isEmpty() && open.peek().seen == 0 && open.size() > 1) {
            open.peek().name = l.text();
        } else {
            announced = l.text();
        }
    }

    private void yamlLine(TapLine l) {
        if (l.kind() == TapLine.Kind.YAML_END) {
            yaml = false;
            return;
        }
        SubtestResult last = last();
        Level level = open.peek();
        if (last == null || level == null) {
            return;
        }
        long nanos = l.text().matches("duration_ms: *\\d{1,12}(\\.\\d{1,12})?") ? (long) (Double.parseDouble(l.text().substring(12).strip()) * NANOS_PER_MS) : last.nanos();
        String more = last.diagnostics().length() > MOST_DIAGNOSTICS ? last.diagnostics() : last.diagnostics() + l.text() + "\n";
        level.results.set(level.results.size() - 1, new SubtestResult(last.name(), last.status(), last.reason(), nanos, more));
    }

    private SubtestResult last() {
        return open.isEmpty() || open.peek().results.isEmpty() ? null : open.peek().results.getLast();
    }

    private void note(String text) {
        if (!open.isEmpty() && diagnostics.length() < MOST_DIAGNOSTICS) {
            diagnostics.append(text).append('\n');
        }
    }

    private String taken() {
        String all = diagnostics.toString();
        diagnostics.setLength(0);
        return all;
    }

    /** The level of an indentation; what is nested deeper and has not ended with a result of its own breaks off. */
    private Level at(int indent) {
        closeTo(indent);
        if (open.isEmpty() || open.peek().indent < indent && open.size() < DEEPEST) {
            var level = new Level(indent);
            level.name = open.isEmpty() ? "" : announced;
            announced = "";
            open.push(level);
        }
        return open.peek();
    }

    /** Ends all levels that are nested deeper than an indentation; what they say goes to the one around, and at last to the results. */
    private void closeTo(int indent) {
        while (!open.isEmpty() && open.peek().indent > indent) {
            boolean nested = open.size() > 1;
            Level level = end();
            if (nested) {
                String name = level.name.isEmpty() ? "unfinished" : level.name;
                adopt(open.peek(), name, level.results);
                add(open.peek(), new SubtestResult(name, Status.ERROR, "broke off: its own result is missing", -1, ""));
            } else {
                done.addAll(level.results);
            }
        }
    }

    /** Ends the innermost level and checks its plan. */
    private Level end() {
        Level level = open.pop();
        if (level.bailedOut) {
            return level;
        }
        if (level.planned == 0 && level.seen == 0) {
            String why = level.planDirective.replaceFirst("(?i)^skip\\S*\\s*", "");
            level.results.add(new SubtestResult("all", Status.SKIPPED, why.isEmpty() ? "nothing is planned" : why, -1, ""));
        } else if (level.planned >= 0 && level.planned != level.seen) {
            level.results.add(new SubtestResult("plan", Status.ERROR, "%d were planned, and %d have a result".formatted(level.planned, level.seen), -1, ""));
        }
        if (level.outOfTurn) {
            level.results.add(new SubtestResult("numbers", Status.ERROR, "results are numbered out of turn", -1, ""));
        }
        return level;
    }

    private void result(TapLine l) {
        if (open.isEmpty() && l.number() < 0) {
            // a program's own "ok" outside of any report
            return;
        }
        Level inner = null;
        while (!open.isEmpty() && open.peek().indent > l.indent() && open.size() > 1) {
            Level closed = end();
            if (inner != null) {
                adopt(closed, inner.name.isEmpty() ? "unfinished" : inner.name, inner.results);
            }
            inner = closed;
            if (open.peek().indent <= l.indent()) {
                break;
            }
        }
        Level level = at(l.indent());
        level.seen++;
        level.outOfTurn |= l.number() >= 0 && l.number() != level.seen;
        String name = l.text().isEmpty() ? inner != null && !inner.name.isEmpty() ? inner.name : "test " + level.seen : l.text();
        SubtestResult own = judged(l, name);
        if (inner == null) {
            add(level, own);
            return;
        }
        adopt(level, name, inner.results);
        boolean told = inner.results.stream().anyMatch(r -> r.status().bad());
        // of a report that broke off in time's course that is what matters
        if (inner.results.isEmpty() || own.status().bad() && (!told || l.directive().regionMatches(true, 0, "TIMEOUT", 0, "TIMEOUT".length()))) {
            add(level, own);
        }
    }

    private void adopt(Level level, String name, List<SubtestResult> results) {
        for (SubtestResult r : results) {
            level.results.add(new SubtestResult(name + "/" + r.name(), r.status(), r.reason(), r.nanos(), r.diagnostics()));
        }
    }

    private void add(Level level, SubtestResult result) {
        if (++count < MOST) {
            level.results.add(result);
        } else if (count == MOST) {
            level.results.add(new SubtestResult("results", Status.ERROR, "more than " + MOST + " results; the others are left out", -1, ""));
        }
    }

    private SubtestResult judged(TapLine l, String name) {
        boolean ok = l.kind() == TapLine.Kind.OK;
        int space = l.directive().indexOf(' ');
        String word = (space < 0 ? l.directive() : l.directive().substring(0, space)).toUpperCase(Locale.ROOT).replaceFirst(":$", "");
        String rest = space < 0 ? "" : l.directive().substring(space + 1).strip();
        String notes = taken();
        return switch (word) {
            case "SKIP", "SKIPPED" -> new SubtestResult(name, Status.SKIPPED, rest.isEmpty() ? "skipped by the guest" : rest, -1, notes);
            case "TODO", "XFAIL" -> new SubtestResult(name, ok ? Status.PASSED : Status.SKIPPED, "expected to fail" + (rest.isEmpty() ? "" : ": " + rest), -1, notes);
            case "TIMEOUT" -> new SubtestResult(name, ok ? Status.PASSED : Status.FAILED, ("timeout " + rest).strip(), -1, notes);
            case "ERROR" -> new SubtestResult(name, Status.ERROR, rest.isEmpty() ? "could not be run" : rest, -1, notes);
            default -> new SubtestResult(name, ok ? Status.PASSED : Status.FAILED, ok ? "" : l.directive().isEmpty() ? "not ok" : l.directive(), -1, notes);
        };
    }
}
