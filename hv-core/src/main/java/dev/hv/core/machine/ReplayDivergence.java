package dev.hv.core.machine;

/**
 * A replay does something else than the run that was recorded. The message says what, for people. No fault of a guest, whose partition would end with it: an
 * error goes on to whoever runs the machine.
 */
public final class ReplayDivergence extends Error {

    private static final long serialVersionUID = 1L;

    /** A replay that went another way. */
    public ReplayDivergence(String message) {
        super(message);
    }
}
