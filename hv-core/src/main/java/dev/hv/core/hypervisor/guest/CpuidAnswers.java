package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.cpu.instructions.Cpuid;

/** What CPUID answers in a virtual processor: its model, the hypervisor's leaves where it is told about that, and what its parent has registered. */
public final class CpuidAnswers {

    /** CPUID leaves of hypervisors. */
    private static final int HYPERVISOR_LEAVES = 0x4;

    private CpuidAnswers() {}

    /** Fills {@code out} with EAX, EBX, ECX, EDX. */
    public static void answer(VirtualProcessor vp, int leaf, int subleaf, int[] out) {
        if (leaf >>> 28 == HYPERVISOR_LEAVES) {
            out[0] = 0;
            out[1] = 0;
            out[2] = 0;
            out[3] = 0;
            if (vp.partition().enlightened()) {
                HypervisorLeaves.read(vp.partition(), leaf, out);
            }
        } else {
            vp.context().storeModes();
            Cpuid.leaf(vp.registers(), leaf, subleaf, out);
            if (leaf == HypervisorLeaves.POWER_MANAGEMENT && vp.partition().enlightened()) {
                out[0] &= (int) ~HypervisorLeaves.ALWAYS_RUNNING_APIC_TIMER;
            }
        }
        vp.partition().cpuidResults().apply(vp.index(), leaf, subleaf, out);
    }
}
