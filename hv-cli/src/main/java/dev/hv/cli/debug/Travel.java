package dev.hv.cli.debug;

/**
 * The debugger goes to another instant: this machine is left, and another comes there. No fault of a guest, whose partition would end with it: an error goes on to whoever
 * repeats the run.
 */
public final class Travel extends Error {

    private static final long serialVersionUID = 1L;

    /** Leaves. */
    public Travel() {
        super("the debugger goes to another instant", null, false, false);
    }
}
