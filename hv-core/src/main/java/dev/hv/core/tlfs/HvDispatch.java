package dev.hv.core.tlfs;

/** HvCallDispatchVp: partition 0, processor 8, flags 12, time slice in 100 ns 16, speculation control 24; output: state 0, event 4. */
public final class HvDispatch {
    /** Bytes of input. */
    public static final int INPUT = 32;
    /** Bytes of output. */
    public static final int OUTPUT = 8;

    /** Flag: the processor's intercept is answered. */
    public static final int CLEAR_INTERCEPT_SUSPEND = 1;
    /** All flags: those between say what is done about speculation, the last has the register page's interrupts looked at. */
    public static final int FLAGS = 0x7F;

    /** State: the processor cannot go on; a signal will say when it can. */
    public static final int BLOCKED = 1;
    /** State: the processor could go on. */
    public static final int READY = 2;

    /** Event: nothing has happened to the processor. */
    public static final int NONE = 0;
    /** Event: it is suspended. */
    public static final int SUSPEND = 1;
    /** Event: it was intercepted. */
    public static final int INTERCEPT = 2;

    private HvDispatch() {}
}
