package dev.hv.core.tlfs;

/** Ports and connections as hypercalls describe them: HV_PORT_TYPE, HV_PORT_INFO, HV_CONNECTION_INFO (TLFS, "Inter-partition communication"). */
public final class HvPort {
    /** HvPortTypeMessage. */
    public static final int MESSAGE = 1;
    /** HvPortTypeEvent. */
    public static final int EVENT = 2;

    /** HvPortTypeDoorbell. */
    public static final int DOORBELL = 4;

    /** Virtual processor of a port: any. */
    public static final int ANY_VP = -1;

    /** Doorbell: bytes that must be written, 0 any, 1 to 4 the power of two above it. */
    public static final int DOORBELL_SIZE = 7;
    public static final int DOORBELL_QUADWORD = 4;
    /** Doorbell: any value rings. */
    public static final long DOORBELL_ANY_VALUE = 1L << 31;
    public static final long DOORBELL_FLAGS = DOORBELL_SIZE | DOORBELL_ANY_VALUE;

    /** Port and connection ids have 24 bits. */
    public static final int ID_LIMIT = 1 << 24;

    // HvCallCreatePort's input
    /** Partition that owns the port, u64. */
    public static final int CREATE_PARTITION = 0;
    /** Port id, u32. */
    public static final int CREATE_ID = 8;
    /** Partition that may connect to the port, u64. */
    public static final int CREATE_CONNECTION_PARTITION = 16;
    /** Type of the port, u32. */
    public static final int CREATE_TYPE = 24;
    /** Synthetic interrupt source that it leads to, u32. */
    public static final int CREATE_SINT = 32;
    /** Virtual processor that it leads to, u32. */
    public static final int CREATE_VP = 36;
    /** First event flag, u16. */
    public static final int CREATE_BASE_FLAG = 40;
    /** Number of event flags, u16. */
    public static final int CREATE_FLAGS = 42;
    /** Bytes of input. */
    public static final int CREATE_SIZE = 56;

    // HvCallConnectPort's input
    /** Partition that gets the connection, u64. */
    public static final int CONNECT_PARTITION = 0;
    /** Connection id, u32. */
    public static final int CONNECT_ID = 8;
    /** Partition that owns the port, u64. */
    public static final int CONNECT_PORT_PARTITION = 16;
    /** Port id, u32. */
    public static final int CONNECT_PORT = 24;
    /** Type of the port, u32. */
    public static final int CONNECT_TYPE = 32;
    /** Doorbell: guest-physical address, u64. */
    public static final int CONNECT_GPA = 40;
    /** Doorbell: value, u64. */
    public static final int CONNECT_VALUE = 48;
    /** Doorbell: flags, u64. */
    public static final int CONNECT_FLAGS = 56;
    /** Bytes of input. */
    public static final int CONNECT_SIZE = 72;

    private HvPort() {}
}
