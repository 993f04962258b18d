package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.svm.SvmBackend;
import dev.hv.core.hypervisor.vmx.VmxBackend;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.state.CpuModel;

/** Whose hardware virtualisation the hypervisor of a test runs on. */
public enum Vendor {
    INTEL, AMD;

    /** Its processor model. */
    public CpuModel model() {
        return this == INTEL ? CpuModel.intelDefault() : CpuModel.amdDefault();
    }

    /** Its backend. */
    public VirtualizationBackend backend(SystemMemory memory) {
        return this == INTEL ? new VmxBackend(memory) : new SvmBackend(memory);
    }

    /** Its backend, with fewer identifiers for guests than the hardware has. */
    public VirtualizationBackend backend(SystemMemory memory, int mostIdentifiers) {
        return this == INTEL ? new VmxBackend(memory, mostIdentifiers) : new SvmBackend(memory, mostIdentifiers);
    }

    /** VMCALL or VMMCALL. */
    public int[] hypercall() {
        return new int[] {0x0F, 0x01, this == INTEL ? 0xC1 : 0xD9};
    }
}
