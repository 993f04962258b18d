package dev.hv.core.tlfs;

/** Numbers of the synthetic MSRs (TLFS, appendix "Synthetic MSRs"). */
public final class HvMsr {
    /** All synthetic MSRs are in the 64 Ki numbers from here. */
    public static final int BASE = 0x4000_0000;

    public static final int GUEST_OS_ID = 0x4000_0000;
    public static final int HYPERCALL = 0x4000_0001;
    public static final int VP_INDEX = 0x4000_0002;
    public static final int RESET = 0x4000_0003;
    /** Written to RESET: the partition is to be reset. */
    public static final long RESET_REQUEST = 1;
    public static final int VP_RUNTIME = 0x4000_0010;
    public static final int TIME_REF_COUNT = 0x4000_0020;
    public static final int REFERENCE_TSC = 0x4000_0021;
    public static final int TSC_FREQUENCY = 0x4000_0022;
    public static final int APIC_FREQUENCY = 0x4000_0023;
    public static final int EOI = 0x4000_0070;
    public static final int ICR = 0x4000_0071;
    public static final int TPR = 0x4000_0072;
    public static final int VP_ASSIST_PAGE = 0x4000_0073;
    public static final int SCONTROL = 0x4000_0080;
    public static final int SVERSION = 0x4000_0081;
    public static final int SIEFP = 0x4000_0082;
    public static final int SIMP = 0x4000_0083;
    public static final int EOM = 0x4000_0084;
    /** Rings of port ids, of partitions that make partitions. */
    public static final int SIRBP = 0x4000_0085;
    /** SINT0; the other fifteen follow. */
    public static final int SINT0 = 0x4000_0090;
    /** STIMER0_CONFIG and STIMER0_COUNT; the other three pairs follow. */
    public static final int STIMER0_CONFIG = 0x4000_00B0;
    public static final int STIMER0_COUNT = 0x4000_00B1;
    public static final int GUEST_IDLE = 0x4000_00F0;
    /** CRASH_P0; the other four follow. */
    public static final int CRASH_P0 = 0x4000_0100;
    public static final int CRASH_CTL = 0x4000_0105;
    /** CRASH_CTL: the guest has crashed, and its crash parameters say why. */
    public static final long CRASH_NOTIFY = 1L << 63;
    /** CRASH_CTL: P3 is the guest-physical address of a message, P4 its length. */
    public static final long CRASH_MESSAGE = 1L << 62;
    /** The last number in use, plus one. */
    public static final int END = 0x4000_0106;

    private HvMsr() {}
}
