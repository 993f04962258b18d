package dev.hv.cli.inspect;

/** A path of an {@link InspectTree} does not name what was wanted; the message is one line that says what is there. */
public final class InspectException extends Exception {

    private static final long serialVersionUID = 1L;

    /** An exception with a sentence for people. */
    public InspectException(String message) {
        super(message);
    }
}
