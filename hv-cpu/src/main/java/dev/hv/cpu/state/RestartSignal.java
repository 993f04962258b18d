package dev.hv.cpu.state;

/**
 * The instruction would change the block it stands in, or meet a data breakpoint there: the engine runs it again by itself.
 * Preallocated.
 */
public final class RestartSignal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the signal; one per processor suffices. */
    public RestartSignal() {
        super(null, null, false, false);
    }
}
