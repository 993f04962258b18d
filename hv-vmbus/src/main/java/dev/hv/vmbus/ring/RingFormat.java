package dev.hv.vmbus.ring;

import dev.hv.cpu.memory.Page;

/** Layout of a ring buffer: a control page, then data. Indices are byte offsets into the data, multiples of 8. */
public final class RingFormat {
    /** Where the next packet is written, u32. */
    public static final int IN = 0;
    /** Where the next packet is read, u32. */
    public static final int OUT = 4;
    /** The reader wants no interrupts, u32. */
    public static final int INTERRUPT_MASK = 8;
    /** The writer waits for more free bytes than this, u32. */
    public static final int PENDING_SEND_SIZE = 12;
    /** u32; bit 0: {@link #PENDING_SEND_SIZE} is used. */
    public static final int FEATURES = 64;
    public static final int PENDING_SIZE_USED = 1;
    /** First byte of the data. */
    public static final int DATA = Page.SIZE;

    /** Least bytes of data: a page. */
    public static final int LEAST_DATA = Page.SIZE;
    /** Most bytes of data. */
    public static final long MOST_DATA = 1L << 30;

    private RingFormat() {}
}
