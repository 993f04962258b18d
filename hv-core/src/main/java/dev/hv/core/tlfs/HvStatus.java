package dev.hv.core.tlfs;

/** Result of a hypercall (TLFS, appendix B). */
public enum HvStatus {
    SUCCESS(0x0),
    INVALID_HYPERCALL_CODE(0x2),
    INVALID_HYPERCALL_INPUT(0x3),
    INVALID_ALIGNMENT(0x4),
    INVALID_PARAMETER(0x5),
    ACCESS_DENIED(0x6),
    INVALID_PARTITION_STATE(0x7),
    OPERATION_DENIED(0x8),
    UNKNOWN_PROPERTY(0x9),
    PROPERTY_VALUE_OUT_OF_RANGE(0xA),
    INSUFFICIENT_MEMORY(0xB),
    INVALID_PARTITION_ID(0xD),
    INVALID_VP_INDEX(0xE),
    NOT_FOUND(0x10),
    INVALID_PORT_ID(0x11),
    INVALID_CONNECTION_ID(0x12),
    INSUFFICIENT_BUFFERS(0x13),
    INVALID_VP_STATE(0x15),
    INVALID_SYNIC_STATE(0x18),
    OBJECT_IN_USE(0x19),
    NO_RESOURCES(0x1D),
    FEATURE_UNAVAILABLE(0x1E),
    INVALID_LP_INDEX(0x41),
    INVALID_REGISTER_VALUE(0x50),
    INVALID_DEVICE_ID(0x57),
    OPERATION_FAILED(0x71),
    UNKNOWN_REGISTER(0x87);

    private static final HvStatus[] BY_CODE = new HvStatus[0x100];

    static {
        for (HvStatus s : values()) {
            BY_CODE[s.code] = s;
        }
    }

    private final int code;

    HvStatus(int code) {
        this.code = code;
    }

    /**
     * The status that a hypercall's result holds in its low 16 bits.
     *
     * @throws IllegalArgumentException for a code that is none
     */
    public static HvStatus of(int code) {
        if (code < 0 || code >= BY_CODE.length || BY_CODE[code] == null) {
            throw new IllegalArgumentException("no hypercall status has the code 0x%x".formatted(code));
        }
        return BY_CODE[code];
    }

    /** The 16-bit code. */
    public int code() {
        return code;
    }

    /** Whether it is {@link #SUCCESS}. */
    public boolean ok() {
        return this == SUCCESS;
    }
}
