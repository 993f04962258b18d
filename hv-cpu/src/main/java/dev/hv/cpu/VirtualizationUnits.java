package dev.hv.cpu;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Virtualization;
import dev.hv.cpu.svm.SvmUnit;

/** The kinds of hardware virtualisation: each makes the unit of one processor. */
@FunctionalInterface
public interface VirtualizationUnits {

    /** Processors without hardware virtualisation. */
    VirtualizationUnits NONE = (cpu, clock) -> null;
    /** VT-x. */
    VirtualizationUnits VMX = VmxConnections::unit;
    /** AMD-V. */
    VirtualizationUnits SVM = (cpu, clock) -> new SvmUnit(cpu);

    /**
     * Makes the unit of a processor.
     *
     * @return null for a processor without one
     */
    Virtualization unit(Cpu cpu, ProcessorClock clock);

    /** What a processor of this model has. */
    static VirtualizationUnits of(CpuModel model) {
        return model.has(Feature.VMX) ? VMX : model.has(Feature.SVM) ? SVM : NONE;
    }
}
