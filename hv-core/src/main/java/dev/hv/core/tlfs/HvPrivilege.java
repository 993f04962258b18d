package dev.hv.core.tlfs;

/** Partition privileges, HV_PARTITION_PRIVILEGE_MASK: CPUID leaf 0x40000003 EAX in the low half, EBX in the high half. */
public final class HvPrivilege {
    public static final long CREATE_PARTITIONS = 1L << 32;
    public static final long ACCESS_PARTITION_ID = 1L << 33;
    public static final long ACCESS_MEMORY_POOL = 1L << 34;
    public static final long POST_MESSAGES = 1L << 36;
    public static final long SIGNAL_EVENTS = 1L << 37;
    public static final long CREATE_PORT = 1L << 38;
    public static final long CONNECT_PORT = 1L << 39;
    public static final long ACCESS_STATS = 1L << 40;
    public static final long CPU_MANAGEMENT = 1L << 44;
    /** What a root partition has. */
    public static final long ROOT = CREATE_PARTITIONS | ACCESS_PARTITION_ID | ACCESS_MEMORY_POOL | POST_MESSAGES | SIGNAL_EVENTS | CREATE_PORT
            | CONNECT_PORT | ACCESS_STATS | CPU_MANAGEMENT;

    private HvPrivilege() {}
}
