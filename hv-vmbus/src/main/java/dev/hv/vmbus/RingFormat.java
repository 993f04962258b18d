package dev.hv.vmbus;

/** Layout of a ring buffer: a control page, then data. Indices are byte offsets into the data, multiples of 8. */
final class RingFormat {
    /** Where the next packet is written, u32. */
    static final int IN = 0;
    /** Where the next packet is read, u32. */
    static final int OUT = 4;
    /** The reader wants no interrupts, u32. */
    static final int INTERRUPT_MASK = 8;
    /** The writer waits for more free bytes than this, u32. */
    static final int PENDING_SEND_SIZE = 12;
    /** u32; bit 0: {@link #PENDING_SEND_SIZE} is used. */
    static final int FEATURES = 64;
    static final int PENDING_SIZE_USED = 1;
    /** First byte of the data. */
    static final int DATA = 4096;

    private RingFormat() {}
}
