package dev.hv.cli.suite.run;

import dev.hv.cli.suite.Status;

/**
 * What became of a step.
 *
 * @param reason why it is not passed; empty when it is
 * @param output what it gave
 */
record Outcome(Status status, String reason, String output) {

    /** Longest text that a step gives its report. */
    private static final int SHOWN = 1 << 16;

    static Outcome passed(String output) {
        return new Outcome(Status.PASSED, "", output.length() > SHOWN ? output.substring(0, SHOWN) : output);
    }

    static Outcome failed(String reason, String output) {
        return new Outcome(Status.FAILED, line(reason), passed(output).output);
    }

    static Outcome error(String reason) {
        return new Outcome(Status.ERROR, line(reason), "");
    }

    /** Passed when nothing is wrong. */
    static Outcome of(String problem, String output) {
        return problem == null ? passed(output) : failed(problem, output);
    }

    /** One line for reports, whatever a guest put into it. */
    private static String line(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " | ").replaceAll("\\p{Cntrl}", "?");
    }
}
