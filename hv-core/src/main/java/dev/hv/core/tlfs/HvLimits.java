package dev.hv.core.tlfs;

/** What the hypervisor can have at most, as CPUID leaf 0x40000005 tells it (TLFS, "Implementation limits"). */
public final class HvLimits {
    /** Virtual processors of a partition: one bank of a processor set. */
    public static final int VIRTUAL_PROCESSORS = 64;
    /** Logical processors. */
    public static final int LOGICAL_PROCESSORS = 64;

    private HvLimits() {}
}
