package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Segment;

/**
 * What a hypervisor's start-up code does to a processor before its first VM entry, for a hypervisor that is Java code: 64-bit
 * mode, VMX operation, and the host-state area to come back to.
 */
final class NativeHost {

    private static final int CS = 0x08;
    private static final int DATA = 0x10;
    private static final int TR = 0x18;
    private static final long CR0 = Control.CR0_PE | Control.CR0_MP | Control.CR0_ET | Control.CR0_NE | Control.CR0_WP | Control.CR0_AM | Control.CR0_PG;
    private static final long CR4 = Control.CR4_PAE | Control.CR4_MCE | Control.CR4_PGE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT | Control.CR4_VMXE;
    private static final long EFER = Control.EFER_SCE | Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE;
    /** IA32_FEATURE_CONTROL: locked, VMX outside SMX. */
    private static final long FEATURE_CONTROL = 5;

    private NativeHost() {}

    /**
     * Resets the processor, puts it into 64-bit mode and VMX root operation and marks its unit as native host.
     *
     * @param vmxonRegion a page of system memory of its own; it is formatted here
     */
    static void start(VmxUnit unit, long vmxonRegion) {
        Cpu c = unit.c;
        Reset.powerOn(c);
        unit.reset(c);
        c.featureControl = FEATURE_CONTROL;
        c.cr0 = CR0;
        c.cr4 = CR4;
        c.efer = EFER;
        c.seg[Cpu.CS].set(CS, 0, -1, 0xA09B);
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            c.seg[i].set(DATA, 0, -1, 0xC093);
        }
        c.ldtr.set(0, 0, 0, Segment.UNUSABLE);
        c.tr.set(TR, 0, 0x67, 0x8B);
        Modes.update(c);
        unit.setNativeHost(true);
        format(unit, vmxonRegion);
        int error = unit.vmxon(vmxonRegion);
        if (error != VmxError.NONE) {
            throw new IllegalArgumentException("VMXON region 0x" + Long.toHexString(vmxonRegion) + " is no page of memory");
        }
    }

    /** Writes the revision identifier into a region for VMXON or a VMCS. */
    static void format(VmxUnit unit, long region) {
        PhysicalAccess.write32(unit.c, region, Vmcs.REVISION);
    }

    /** Fills the host-state area of the current VMCS from the state that {@link #start} made. */
    static void writeHostState(VmxUnit unit) {
        unit.vmwrite(VmcsField.HOST_CR0, CR0);
        unit.vmwrite(VmcsField.HOST_CR3, 0);
        unit.vmwrite(VmcsField.HOST_CR4, CR4);
        unit.vmwrite(VmcsField.HOST_EFER, EFER);
        unit.vmwrite(VmcsField.HOST_PAT, 0x0007040600070406L);
        unit.vmwrite(VmcsField.HOST_CS_SELECTOR, CS);
        for (int field = VmcsField.HOST_SS_SELECTOR; field <= VmcsField.HOST_GS_SELECTOR; field += 2) {
            unit.vmwrite(field, DATA);
        }
        unit.vmwrite(VmcsField.HOST_ES_SELECTOR, DATA);
        unit.vmwrite(VmcsField.HOST_TR_SELECTOR, TR);
        for (int field = VmcsField.HOST_FS_BASE; field <= VmcsField.HOST_RIP; field += 2) {
            unit.vmwrite(field, 0);
        }
        unit.vmwrite(VmcsField.HOST_SYSENTER_CS, 0);
        unit.vmwrite(VmcsField.VMCS_LINK_POINTER, -1);
    }
}
