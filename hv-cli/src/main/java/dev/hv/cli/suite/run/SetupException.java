package dev.hv.cli.suite.run;

/** A setup that did not come to its end; the message is a line for people. */
final class SetupException extends Exception {

    private static final long serialVersionUID = 1;

    SetupException(String message) {
        super(message, null, false, false);
    }
}
