package dev.hv.vmbus.trace;

/** Blocks of a pcapng file, little-endian (IETF draft-ietf-opsawg-pcapng). */
final class PcapNgFormat {
    static final int SECTION_HEADER = 0x0A0D_0D0A;
    static final int BYTE_ORDER_MAGIC = 0x1A2B_3C4D;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int ENHANCED_PACKET = 6;

    static final int OPTION_END = 0;
    static final int OPTION_COMMENT = 1;
    static final int INTERFACE_NAME = 2;
    /** u8: timestamps are in units of 10 to the minus this. */
    static final int INTERFACE_RESOLUTION = 9;
    static final int NANOSECONDS = 9;
    /** u32; bits 1:0 direction. */
    static final int PACKET_FLAGS = 2;
    static final int INBOUND = 1;
    static final int OUTBOUND = 2;

    /** Type and length before a block's body, length again behind it. */
    static final int BLOCK_OVERHEAD = 12;
    static final int SECTION_BODY = 16;
    static final int INTERFACE_BODY = 8;
    static final int PACKET_BODY = 20;

    private PcapNgFormat() {}
}
