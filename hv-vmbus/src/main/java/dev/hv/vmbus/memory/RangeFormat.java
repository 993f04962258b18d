package dev.hv.vmbus.memory;

/** Layout of a range of guest memory in GPADLs and GPA-direct packets (GPA_RANGE): length u32, offset in the first page u32, page numbers u64. */
public final class RangeFormat {
    public static final int LENGTH = 0;
    public static final int OFFSET = 4;
    /** Length and offset, before the page numbers. */
    public static final int HEAD = 8;
    /** Bytes of a page number. */
    public static final int PAGE_NUMBER = 8;

    private RangeFormat() {}
}
