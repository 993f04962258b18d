package dev.hv.vmbus.ring;

/** Layout of a packet in a ring: descriptor, header of its type, payload, padding to 8, and a trailer of 8 bytes. */
public final class PacketFormat {
    public static final int TYPE = 0;
    /** Offset of the payload in units of 8 bytes, u16. */
    public static final int OFFSET = 2;
    /** Length without the trailer in units of 8 bytes, u16. */
    public static final int LENGTH = 4;
    public static final int FLAGS = 6;
    public static final int COMPLETION_REQUESTED = 1;
    public static final int TRANSACTION = 8;
    public static final int DESCRIPTOR = 16;
    public static final int TRAILER = 8;

    /** GPA-direct: reserved u32, range count u32, then ranges as {@link dev.hv.vmbus.memory.RangeFormat} has them. */
    public static final int GPA_COUNT = 20;
    public static final int GPA_RANGES = 24;
    /** Transfer pages: set id u16, sender owns u8, reserved u8, count u32, then length u32 and offset u32 of each range. */
    public static final int TRANSFER_SET = 16;
    public static final int TRANSFER_COUNT = 20;
    public static final int TRANSFER_RANGES = 24;

    private PacketFormat() {}
}
