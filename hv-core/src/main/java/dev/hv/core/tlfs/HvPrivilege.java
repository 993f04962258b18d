package dev.hv.core.tlfs;

/** Partition privileges, HV_PARTITION_PRIVILEGE_MASK: CPUID leaf 0x40000003 EAX in the low half, EBX in the high half. */
public final class HvPrivilege {
    public static final long VP_RUNTIME = 1L;
    public static final long TIME_REF_COUNT = 1L << 1;
    public static final long SYNIC = 1L << 2;
    public static final long SYNTHETIC_TIMERS = 1L << 3;
    public static final long APIC_MSRS = 1L << 4;
    public static final long HYPERCALL_MSRS = 1L << 5;
    public static final long VP_INDEX = 1L << 6;
    public static final long RESET = 1L << 7;
    public static final long REFERENCE_TSC = 1L << 9;
    public static final long GUEST_IDLE = 1L << 10;
    public static final long FREQUENCY_MSRS = 1L << 11;
    public static final long TSC_INVARIANT = 1L << 15;
    public static final long CREATE_PARTITIONS = 1L << 32;
    public static final long ACCESS_PARTITION_ID = 1L << 33;
    public static final long ACCESS_MEMORY_POOL = 1L << 34;
    public static final long POST_MESSAGES = 1L << 36;
    public static final long SIGNAL_EVENTS = 1L << 37;
    public static final long CREATE_PORT = 1L << 38;
    public static final long CONNECT_PORT = 1L << 39;
    public static final long ACCESS_STATS = 1L << 40;
    public static final long CPU_MANAGEMENT = 1L << 44;
    public static final long VP_REGISTERS = 1L << 49;
    public static final long FAST_OUTPUT = 1L << 51;
    public static final long EXTENDED_HYPERCALLS = 1L << 52;
    public static final long START_VP = 1L << 53;
    /** What a root partition has. */
    public static final long ROOT = CREATE_PARTITIONS | ACCESS_PARTITION_ID | ACCESS_MEMORY_POOL | POST_MESSAGES | SIGNAL_EVENTS | CREATE_PORT
            | CONNECT_PORT | ACCESS_STATS | CPU_MANAGEMENT | VP_REGISTERS;

    /** What an enlightened child has. */
    public static final long CHILD = VP_RUNTIME | TIME_REF_COUNT | SYNIC | SYNTHETIC_TIMERS | APIC_MSRS | HYPERCALL_MSRS | VP_INDEX | RESET
            | REFERENCE_TSC | GUEST_IDLE | FREQUENCY_MSRS | POST_MESSAGES | SIGNAL_EVENTS | VP_REGISTERS | FAST_OUTPUT | EXTENDED_HYPERCALLS
            | START_VP;

    /** What a child may have. */
    public static final long CHILD_LIMIT = CHILD | ACCESS_PARTITION_ID;

    /**
     * What a child has that makes partitions of its own (L1VH). It does not know its own partition id and names itself by the value for that: Linux takes one
     * that it knows for another partition's where it asks for statistics.
     */
    public static final long PARENT = CHILD | CREATE_PARTITIONS | ACCESS_MEMORY_POOL | CREATE_PORT | CONNECT_PORT;

    /** What a guest has that is in the root's place: it knows its partition's id, manages processors, and has the machine's devices. */
    public static final long ROOT_GUEST = PARENT | ACCESS_PARTITION_ID | CPU_MANAGEMENT;

    private HvPrivilege() {}
}
