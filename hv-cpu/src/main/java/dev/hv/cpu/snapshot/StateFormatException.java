package dev.hv.cpu.snapshot;

/** A saved state does not have the shape its reader expects. */
public final class StateFormatException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception with a sentence that names what was found and what was expected. */
    public StateFormatException(String message) {
        super(message);
    }
}
