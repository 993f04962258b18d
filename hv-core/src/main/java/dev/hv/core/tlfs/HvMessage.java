package dev.hv.core.tlfs;

/** Layout of a synthetic interrupt controller message, HV_MESSAGE: 256 bytes (TLFS, "SynIC message format"). */
public final class HvMessage {
    /** Bytes of a message slot. */
    public static final int SIZE = 256;
    /** Message type, u32; 0 is a free slot. */
    public static final int TYPE = 0;
    /** Bytes of payload, u8. */
    public static final int PAYLOAD_SIZE = 4;
    /** Flags, u8. */
    public static final int FLAGS = 5;
    /** Sender or port, u64. */
    public static final int SENDER = 8;
    /** First byte of the payload. */
    public static final int PAYLOAD = 16;
    /** Bytes of payload at most. */
    public static final int PAYLOAD_LIMIT = 240;
    /** In the flags: more messages wait for this slot. */
    public static final int PENDING = 1;

    /** HvMessageTypeNone. */
    public static final int NONE = 0;
    /** HvMessageTypeTimerExpired: timer u32, reserved u32, expiration u64, delivery u64. */
    public static final int TIMER_EXPIRED = 0x8000_0010;
    /** Types from here on are the hypervisor's: no guest may post them. */
    public static final int HYPERVISOR_TYPES = 0x8000_0000;

    private HvMessage() {}
}
