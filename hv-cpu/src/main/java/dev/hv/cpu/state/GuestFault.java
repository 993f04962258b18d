package dev.hv.cpu.state;

/**
 * An exception of the emulated processor on its way to the engine. One per processor, preallocated and stackless: made by
 * {@link Cpu#fault}, thrown only from slow paths, caught by the engine, which still knows which instruction it ran.
 */
public final class GuestFault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Exception vector, 0 … 31. */
    public int vector;
    /** Error code for the vectors that push one ({@link Vector#hasErrorCode}); for #DB the conditions, as bits of DR6. */
    public int errorCode;
    /**
     * Address of a memory operand was not canonical: the vector is #GP, and the engine makes it #SS if the instruction's
     * operand uses the stack segment.
     */
    public boolean nonCanonical;
    /** It is one only behind its beginning, and misaligned too while alignment is checked. */
    public boolean misaligned;
    /** It is one of the stack, not of the memory operand that the instruction has besides. */
    public boolean ofStack;

    GuestFault() {
        super(null, null, false, false);
    }
}
