package dev.hv.core.tlfs;

/** Numbers and bits of the hypervisor's CPUID leaves (TLFS, "Feature and interface discovery"). */
public final class HvCpuid {
    /** The first leaf: highest leaf, and "Microsoft Hv". */
    public static final int VENDOR = 0x4000_0000;
    public static final int INTERFACE = 0x4000_0001;
    public static final int HYPERVISOR_VERSION = 0x4000_0002;
    public static final int FEATURES = 0x4000_0003;
    public static final int RECOMMENDATIONS = 0x4000_0004;
    public static final int LIMITS = 0x4000_0005;
    public static final int HARDWARE = 0x4000_0006;
    /** What a root may do with logical processors. */
    public static final int CPU_MANAGEMENT = 0x4000_0007;
    public static final int NESTED = 0x4000_000A;
    public static final int ISOLATION = 0x4000_000C;
    /** The highest leaf of the hypervisor. */
    public static final int LAST = ISOLATION;
    /** The leaves of the software that runs virtual machines: highest leaf, and "Microsoft VS". */
    public static final int STACK_VENDOR = 0x4000_0080;
    public static final int STACK_INTERFACE = 0x4000_0081;
    /** The highest leaf of that software. */
    public static final int STACK_PROPERTIES = 0x4000_0082;

    public static final int MICR = 0x7263_694D;
    public static final int OSOF = 0x666F_736F;
    public static final int T_HV = 0x7648_2074;
    public static final int T_VS = 0x5356_2074;
    /** "VS#1" */
    public static final int VS_1 = 0x3123_5356;
    /** "Hv#1" */
    public static final int HV_1 = 0x3123_7648;

    /** {@link #FEATURES} EDX. */
    public static final int XMM_INPUT = 1 << 4;
    public static final int GUEST_IDLE_STATE = 1 << 5;
    public static final int FREQUENCIES = 1 << 8;
    public static final int CRASH = 1 << 10;
    public static final int XMM_OUTPUT = 1 << 15;
    public static final int EXTENDED_FLUSH = 1 << 14;
    public static final int SINT_POLLING = 1 << 17;
    public static final int HYPERCALL_LOCK = 1 << 18;
    public static final int DIRECT_TIMERS = 1 << 19;

    /** {@link #RECOMMENDATIONS} EAX. */
    public static final int REMOTE_FLUSH = 1 << 2;
    public static final int APIC_MSRS = 1 << 3;
    public static final int RELAXED_TIMING = 1 << 5;
    public static final int NO_AUTO_EOI = 1 << 9;
    public static final int CLUSTER_IPI = 1 << 10;
    public static final int EXTENDED_MASKS = 1 << 11;

    public static final int ENLIGHTENED_VMCS = 1 << 14;

    /** {@link #HARDWARE} EAX: MSR bitmaps, second-level address translation. */
    public static final int MSR_BITMAPS = 1 << 1;
    public static final int SLAT = 1 << 3;

    /** {@link #CPU_MANAGEMENT} EAX: the root starts logical processors, and makes its own virtual ones. */
    public static final int START_LOGICAL_PROCESSOR = 1;
    public static final int CREATE_ROOT_PROCESSOR = 1 << 1;

    private HvCpuid() {}
}
