package dev.hv.core.machine;

/** A replay does something else than the run that was recorded. The message says what, for people. */
public final class DivergedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A replay that went another way. */
    public DivergedException(String message) {
        super(message);
    }
}
