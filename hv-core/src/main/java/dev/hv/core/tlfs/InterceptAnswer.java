package dev.hv.core.tlfs;

/**
 * What the owner of a partition changes of a virtual processor that waits for it, as far as it answers at once: the part of the register page
 * (HV_X64_REGISTER_PAGE) that intercepts need. Who answers later sets registers by hypercall. One object a virtual processor.
 */
public final class InterceptAnswer {

    private static final int NONE = -1;

    private final long[] general = new long[16];
    private int changed;
    private boolean advances;
    private int interrupt = NONE;

    /** Nothing is changed. */
    public void clear() {
        changed = 0;
        advances = false;
        interrupt = NONE;
    }

    /** Sets a general register by its encoding (0 RAX … 15 R15). */
    public void set(int register, long value) {
        general[register] = value;
        changed |= 1 << register;
    }

    /** RIP moves behind the instruction. */
    public void advance() {
        advances = true;
    }

    /** An external interrupt is delivered next (HvRegisterPendingInterruption). */
    public void interrupt(int vector) {
        interrupt = vector & 0xFF;
    }

    /** Vector of an external interrupt that is delivered next; negative for none. */
    public int interrupt() {
        return interrupt;
    }

    /** The general registers that are changed, as bits by encoding. */
    public int changed() {
        return changed;
    }

    /** A general register that is changed. */
    public long general(int register) {
        return general[register];
    }

    /** Whether RIP moves behind the instruction. */
    public boolean advances() {
        return advances;
    }
}
