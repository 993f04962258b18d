package dev.hv.cli.record;

/** A recording cannot be written or read; the message is one line for the user and names the section. */
public final class RecordingException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public RecordingException(String message) {
        super(message);
    }
}
