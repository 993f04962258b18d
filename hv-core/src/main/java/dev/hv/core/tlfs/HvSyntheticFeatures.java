package dev.hv.core.tlfs;

/**
 * HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES: what a parent gives a partition's guest of the hypervisor's interface. Each bit stands for a privilege
 * ({@link HvPrivilege}), or for calls and recommendations that every enlightened guest has here.
 */
public final class HvSyntheticFeatures {
    private static final int HYPERVISOR_PRESENT = 1;
    private static final int HV1 = 1 << 1;
    /** From here on to {@link #LAST_REGISTERS}, bits stand for the privileges in the same order from {@link HvPrivilege#VP_RUNTIME}. */
    private static final int FIRST_REGISTERS = 2;
    private static final long[] REGISTERS = {HvPrivilege.VP_RUNTIME, HvPrivilege.TIME_REF_COUNT, HvPrivilege.SYNIC, HvPrivilege.SYNTHETIC_TIMERS, HvPrivilege.APIC_MSRS,
        HvPrivilege.HYPERCALL_MSRS, HvPrivilege.VP_INDEX, HvPrivilege.REFERENCE_TSC, HvPrivilege.GUEST_IDLE, HvPrivilege.FREQUENCY_MSRS};
    private static final int FAST_OUTPUT = 1 << 18;
    private static final int START_VP = 1 << 20;
    private static final int DIRECT_TIMERS = 1 << 22;
    private static final int EXTENDED_MASKS = 1 << 24;
    private static final int FLUSHES = 1 << 25;
    private static final int CLUSTER_IPI = 1 << 26;
    private static final int LONG_SPIN_WAIT = 1 << 27;
    private static final int SIGNAL_EVENTS = 1 << 29;
    private static final int RETARGET_INTERRUPT = 1 << 30;

    /** All that this hypervisor has. */
    public static final long OFFERED = HYPERVISOR_PRESENT | HV1 | (1L << FIRST_REGISTERS + REGISTERS.length) - (1L << FIRST_REGISTERS) | FAST_OUTPUT | START_VP | DIRECT_TIMERS | EXTENDED_MASKS
            | FLUSHES | CLUSTER_IPI | LONG_SPIN_WAIT | SIGNAL_EVENTS | RETARGET_INTERRUPT;

    private HvSyntheticFeatures() {}

    /** The privileges of a partition with these features; none without the hypervisor's interface. */
    public static long privileges(long features) {
        if ((features & HV1) == 0) {
            return 0;
        }
        long privileges = 0;
        for (int i = 0; i < REGISTERS.length; i++) {
            privileges |= (features >>> FIRST_REGISTERS + i & 1) != 0 ? REGISTERS[i] : 0;
        }
        return privileges | ((features & FAST_OUTPUT) != 0 ? HvPrivilege.FAST_OUTPUT : 0) | ((features & START_VP) != 0 ? HvPrivilege.START_VP : 0)
                | ((features & SIGNAL_EVENTS) != 0 ? HvPrivilege.SIGNAL_EVENTS | HvPrivilege.POST_MESSAGES : 0);
    }
}
