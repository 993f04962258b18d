package dev.hv.cli.checkpoint;

/** A checkpoint cannot be written or read; the message is one line for the user and names the file or section. */
public final class CheckpointException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Creates the exception. */
    public CheckpointException(String message) {
        super(message);
    }
}
