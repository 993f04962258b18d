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
    /** HvMessageTypeUnmappedGpa. */
    public static final int UNMAPPED_GPA = 0x8000_0000;
    /** HvMessageTypeGpaIntercept: there is memory, but not with this right. */
    public static final int GPA_INTERCEPT = 0x8000_0001;
    /** HvMessageTypeInvalidVpRegisterValue: registers hold what no processor can hold. */
    public static final int INVALID_VP_REGISTER_VALUE = 0x8000_0020;
    /** HvMessageTypeUnrecoverableException. */
    public static final int UNRECOVERABLE_EXCEPTION = 0x8000_0021;
    /** HvMessageTypeUnsupportedFeature: the guest did what the hypervisor cannot do for it. */
    public static final int UNSUPPORTED_FEATURE = 0x8000_0022;
    /** HvMessageTypeHypercallIntercept: a hypercall that the parent answers. */
    public static final int HYPERCALL = 0x8000_0050;
    /** HvMessageTypeOpaqueIntercept: a virtual processor was intercepted, its message page tells how; virtual processor, u32. */
    public static final int OPAQUE_INTERCEPT = 0x8000_003F;
    /** HvMessageTypeX64IoPortIntercept; the layouts of intercepts are in {@link HvInterceptMessage}. */
    public static final int IO_PORT = 0x8001_0000;
    /** HvMessageTypeX64MsrIntercept. */
    public static final int MSR = 0x8001_0001;
    /** HvMessageTypeX64CpuidIntercept. */
    public static final int CPUID = 0x8001_0002;
    /** HvMessageTypeX64ExceptionIntercept. */
    public static final int EXCEPTION = 0x8001_0003;
    /** HvMessageTypeX64ApicEoi: a level-triggered interrupt was ended. */
    public static final int APIC_EOI = 0x8001_0004;
    /** HvMessageTypeX64LegacyFpError. */
    public static final int LEGACY_FP_ERROR = 0x8001_0005;
    /** HvMessageTypeX64Halt. */
    public static final int HALT = 0x8001_0007;
    /** HvMessageTypeX64InterruptionDeliverable: the parent can deliver an event. */
    public static final int INTERRUPTION_DELIVERABLE = 0x8001_0008;
    /** HvMessageTypeSynicSintIntercept: something has arrived at a source; source, u32. */
    public static final int SYNIC_SINT = 0x8000_0061;
    /** HvMessageTypeSynicSintDeliverable: the parent can post a message to a source. */
    public static final int SINT_DELIVERABLE = 0x8000_0062;
    /**
     * HvMessageTypeSchedulerVpSignalPair: processors that waited can run again; overflow count u32, count u8, then {@link #SIGNAL_PAIRS} partition ids u64 from 8 on, and as many processor indices
     * u32 from 160 on.
     */
    public static final int SCHEDULER_SIGNALS = 0x8000_0101;
    /** Pairs in a message {@link #SCHEDULER_SIGNALS}. */
    public static final int SIGNAL_PAIRS = 19;
    /** Types from here on are the hypervisor's: no guest may post them. */
    public static final int HYPERVISOR_TYPES = 0x8000_0000;

    private HvMessage() {}
}
