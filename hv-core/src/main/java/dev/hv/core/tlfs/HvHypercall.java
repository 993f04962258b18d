package dev.hv.core.tlfs;

/** The control word of a hypercall and its result (TLFS, "Hypercall inputs", "Hypercall outputs"). */
public final class HvHypercall {
    /** Control: input is in registers. */
    public static final long FAST = 1L << 16;
    /** Control: length of the variable header in quadwords. */
    public static final int VARIABLE_SHIFT = 17;
    public static final int VARIABLE_MASK = 0x3FF;
    /** Control: repetitions wanted; result: repetitions completed. */
    public static final int COUNT_SHIFT = 32;
    /** Control: first repetition. */
    public static final int START_SHIFT = 48;
    /** Of all numbers of repetitions. */
    public static final int REPETITIONS_MASK = 0xFFF;
    /** Control: what is defined; the rest is reserved. */
    public static final long DEFINED = 0x0FFF_0FFF_07FF_FFFFL;
    /** Result: the status. */
    public static final int STATUS_MASK = 0xFFFF;

    private HvHypercall() {}
}
