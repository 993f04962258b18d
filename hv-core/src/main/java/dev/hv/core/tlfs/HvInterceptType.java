package dev.hv.core.tlfs;

/** HV_INTERCEPT_TYPE: what a parent may ask to be told of its children (TLFS, HvCallInstallIntercept). */
public final class HvInterceptType {
    public static final int IO_PORT = 0;
    /** All MSRs that the hypervisor has no meaning of its own for. */
    public static final int MSR = 1;
    public static final int CPUID = 2;
    public static final int EXCEPTION = 3;
    public static final int MMIO = 5;
    /** Hypercalls that the hypervisor does not have, and all extended ones. */
    public static final int HYPERCALL = 8;
    public static final int MSR_INDEX = 0xC;
    /** A message or event for a connection that does not exist. */
    public static final int UNKNOWN_CONNECTION = 0xD;
    public static final int APIC_EOI = 0xE;
    /** HvCallRetargetDeviceInterrupt for a device that the hypervisor does not know. */
    public static final int RETARGET_UNKNOWN_DEVICE = 0xF;
    public static final int IO_PORT_RANGE = 0x11;

    /** Accesses that are intercepted; none of them ends the interception. */
    public static final int READ = 1;
    public static final int WRITE = 2;
    public static final int EXECUTE = 4;

    private static final int KNOWN = 1 << IO_PORT | 1 << MSR | 1 << CPUID | 1 << EXCEPTION | 1 << MMIO | 1 << HYPERCALL | 1 << UNKNOWN_CONNECTION | 1 << MSR_INDEX | 1 << APIC_EOI | 1 << RETARGET_UNKNOWN_DEVICE | 1 << IO_PORT_RANGE;

    private HvInterceptType() {}

    /** Whether this hypervisor can intercept that. */
    public static boolean known(int type) {
        return type >= 0 && type < 32 && (KNOWN >>> type & 1) != 0;
    }
}
