package dev.hv.cpu.state;

/** The instruction would change the block it stands in: the engine runs it again in a block of its own. Preallocated. */
public final class RestartSignal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates the signal; one per processor suffices. */
    public RestartSignal() {
        super(null, null, false, false);
    }
}
