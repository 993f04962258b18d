package dev.hv.cli.suite.run;

import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SubtestResult;
import dev.hv.cli.suite.tap.TapParser;
import java.util.List;

/**
 * What became of a step.
 *
 * @param reason why it is not passed; empty when it is
 * @param output what it gave
 * @param subtests results that its guest reported
 */
record Outcome(Status status, String reason, String output, List<SubtestResult> subtests) {

    /** Longest text that a step gives its report. */
    private static final int SHOWN = 1 << 16;

    static Outcome passed(String output) {
        return new Outcome(Status.PASSED, "", output.length() > SHOWN ? output.substring(0, SHOWN) : output, List.of());
    }

    static Outcome failed(String reason, String output) {
        return new Outcome(Status.FAILED, line(reason), passed(output).output, List.of());
    }

    static Outcome error(String reason) {
        return new Outcome(Status.ERROR, line(reason), "", List.of());
    }

    /** Passed when nothing is wrong. */
    static Outcome of(String problem, String output) {
        return problem == null ? passed(output) : failed(problem, output);
    }

    /** This, with the subtests that a text reports; they decide whether a step that is right otherwise has passed. */
    Outcome withSubtests(String text) {
        List<SubtestResult> found = TapParser.parse(text);
        Outcome judged = status == Status.PASSED ? of(TapParser.problem(found), output) : this;
        return new Outcome(judged.status, judged.reason, output, found);
    }

    /** One line for reports, whatever a guest put into it. */
    private static String line(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " | ").replaceAll("\\p{Cntrl}", "?");
    }
}
