package dev.hv.core.hypervisor.guest;

import static dev.hv.core.tlfs.HvCpuid.*;

import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.tlfs.HvLimits;
import dev.hv.core.tlfs.HvNestedAssist;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.cpu.state.Feature;

/** What an enlightened partition reads in the hypervisor's CPUID leaves: what is said here is there. */
public final class HypervisorLeaves {

    /** Leaf for thermal and power management, and its bit in EAX for an APIC timer that runs while the processor sleeps. */
    public static final int POWER_MANAGEMENT = 6;
    /**
     * Not said to enlightened partitions, as Hyper-V does not either. Linux makes a timer that always runs its broadcast device, beside
     * the synthetic timers; no longer free, it cannot take over when they are given up to unload the bus driver.
     */
    public static final long ALWAYS_RUNNING_APIC_TIMER = 1 << 2;
    private static final int BUILD = 20348;
    /** What a parent is told: Linux complains of a build outside 27744 to 27751, whose hypercalls it knows. */
    private static final int PARENTS_BUILD = 27744;
    private static final int VERSION = 10 << 16;
    /** Spins after which a guest had better give its time away (HvCallNotifyLongSpinWait). */
    private static final int SPIN_RETRIES = 0xFFF;

    private HypervisorLeaves() {}

    /** Fills {@code out} with EAX, EBX, ECX, EDX; leaves that say nothing are zero. */
    public static void read(Partition p, int leaf, int[] out) {
        switch (leaf) {
            case VENDOR -> set(out, LAST, MICR, OSOF, T_HV);
            case INTERFACE -> set(out, HV_1, 0, 0, 0);
            case HYPERVISOR_VERSION -> set(out, p.has(HvPrivilege.CREATE_PARTITIONS) ? PARENTS_BUILD : BUILD, VERSION, 0, 0);
            case FEATURES -> set(out, (int) p.privileges(), (int) (p.privileges() >>> 32), 0,
                    XMM_INPUT | GUEST_IDLE_STATE | FREQUENCIES | CRASH | XMM_OUTPUT | SINT_POLLING | HYPERCALL_LOCK | DIRECT_TIMERS);
            case CPU_MANAGEMENT -> set(out, p.root() == null ? 0 : START_LOGICAL_PROCESSOR | CREATE_ROOT_PROCESSOR, 0, 0, 0);
            case NESTED -> set(out, p.model().has(Feature.VMX) ? HvNestedAssist.VMCS_VERSIONS | HvNestedAssist.DIRECT_VIRTUAL_FLUSH
                    | HvNestedAssist.FLUSH_GUEST_PHYSICAL | HvNestedAssist.ENLIGHTENED_MSR_BITMAP : p.model().has(Feature.SVM) ? HvNestedAssist.FLUSH_GUEST_PHYSICAL : 0, 0, 0, 0);
            case RECOMMENDATIONS -> set(out, (p.model().has(Feature.VMX) ? ENLIGHTENED_VMCS : 0) | REMOTE_FLUSH | APIC_MSRS | RELAXED_TIMING | NO_AUTO_EOI | CLUSTER_IPI | EXTENDED_MASKS, SPIN_RETRIES,
                    p.model().physicalBits(), 0);
            case LIMITS -> set(out, HvLimits.VIRTUAL_PROCESSORS, HvLimits.LOGICAL_PROCESSORS, 0, 0);
            case HARDWARE -> set(out, MSR_BITMAPS | SLAT, 0, 0, 0);
            case STACK_VENDOR -> set(out, STACK_PROPERTIES, MICR, OSOF, T_VS);
            case STACK_INTERFACE -> set(out, VS_1, 0, 0, 0);
            default -> set(out, 0, 0, 0, 0);
        }
    }

    private static void set(int[] out, int eax, int ebx, int ecx, int edx) {
        out[0] = eax;
        out[1] = ebx;
        out[2] = ecx;
        out[3] = edx;
    }
}
