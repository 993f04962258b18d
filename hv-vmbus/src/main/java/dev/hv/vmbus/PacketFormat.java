package dev.hv.vmbus;

/** Layout of a packet in a ring: descriptor, header of its type, payload, padding to 8, and a trailer of 8 bytes. */
final class PacketFormat {
    static final int TYPE = 0;
    /** Offset of the payload in units of 8 bytes, u16. */
    static final int OFFSET = 2;
    /** Length without the trailer in units of 8 bytes, u16. */
    static final int LENGTH = 4;
    static final int FLAGS = 6;
    static final int COMPLETION_REQUESTED = 1;
    static final int TRANSACTION = 8;
    static final int DESCRIPTOR = 16;
    static final int TRAILER = 8;

    /** GPA-direct: reserved u32, range count u32, then ranges: length u32, offset u32, page numbers u64. */
    static final int GPA_COUNT = 20;
    static final int GPA_RANGES = 24;
    /** Length and offset of a range, before its page numbers; in GPADLs too. */
    static final int RANGE_HEAD = 8;
    static final int PFN = 8;
    /** Transfer pages: set id u16, sender owns u8, reserved u8, count u32, then length u32 and offset u32 of each range. */
    static final int TRANSFER_SET = 16;
    static final int TRANSFER_COUNT = 20;
    static final int TRANSFER_RANGES = 24;

    private PacketFormat() {}
}
