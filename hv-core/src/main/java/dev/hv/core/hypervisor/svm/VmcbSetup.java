package dev.hv.core.hypervisor.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.core.hypervisor.hardware.PauseLoop;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.svm.SvmExitCode;
import dev.hv.cpu.svm.Vmcb;
import dev.hv.cpu.svm.VmcbField;

/** The parts of a VMCB that never change: intercepts, permission maps, paging, virtual interrupts. */
final class VmcbSetup {

    private static final int[] ALWAYS = {
        SvmExitCode.INTR, SvmExitCode.NMI, SvmExitCode.INIT, SvmExitCode.SHUTDOWN, SvmExitCode.FERR_FREEZE, SvmExitCode.IO, SvmExitCode.MSR,
        SvmExitCode.CPUID, SvmExitCode.HLT, SvmExitCode.PAUSE, SvmExitCode.RDPMC, SvmExitCode.INVD, SvmExitCode.WBINVD, SvmExitCode.MONITOR,
        SvmExitCode.MWAIT, SvmExitCode.CR0_READ + 8, SvmExitCode.CR0_WRITE + 8, SvmExitCode.XSETBV,
        // the child's model has none of these, and EFER.SVME is set for the hypervisor's sake: they end in #UD when they are carried out
        SvmExitCode.VMRUN, SvmExitCode.VMMCALL, SvmExitCode.VMLOAD, SvmExitCode.VMSAVE, SvmExitCode.STGI, SvmExitCode.CLGI, SvmExitCode.SKINIT,
        SvmExitCode.INVLPGA
    };
    /** PAUSEs of a loop before one exits. A filter counts them, where VT-x measures the time that they take: about one each 50 ns. */
    private static final int PAUSES = 100;
    private static final long WINDOW = V_IRQ | V_IGNORE_TPR | V_PRIORITY;

    private VmcbSetup() {}

    /** Fills a VMCB of zeros. */
    static void write(Vmcb vmcb, Cpu cpu, PermissionMaps maps, long nestedCr3, int asid) {
        for (int code : ALWAYS) {
            intercept(vmcb, code, true);
        }
        vmcb.set(VmcbField.IOPM_BASE, maps.ports());
        vmcb.set(VmcbField.MSRPM_BASE, maps.msrs());
        vmcb.set16(VmcbField.PAUSE_FILTER_THRESHOLD, (int) PauseLoop.gap(cpu.model));
        filterPauses(vmcb, true);
        vmcb.set32(VmcbField.ASID, asid);
        vmcb.set(VmcbField.VIRTUAL_INTERRUPT, V_INTR_MASKING | V_NMI_ENABLE);
        vmcb.set(VmcbField.NESTED_CONTROL, NESTED_PAGING);
        vmcb.set(VmcbField.NESTED_CR3, nestedCr3);
    }

    /** Windows for an interrupt, which is a virtual one that exits when it could be taken, and for an NMI, which IRET opens. */
    static void windows(Vmcb vmcb, boolean interrupt, boolean iret) {
        closeWindow(vmcb);
        vmcb.set(VmcbField.VIRTUAL_INTERRUPT, vmcb.get(VmcbField.VIRTUAL_INTERRUPT) | (interrupt ? WINDOW : 0));
        intercept(vmcb, SvmExitCode.VINTR, interrupt);
        intercept(vmcb, SvmExitCode.IRET, iret);
    }

    /** No virtual interrupt waits. */
    static void closeWindow(Vmcb vmcb) {
        vmcb.set(VmcbField.VIRTUAL_INTERRUPT, vmcb.get(VmcbField.VIRTUAL_INTERRUPT) & ~WINDOW);
    }

    /** Whether PAUSEs are counted, or all exit. */
    static void filterPauses(Vmcb vmcb, boolean count) {
        vmcb.set16(VmcbField.PAUSE_FILTER_COUNT, count ? PAUSES : 0);
    }

    /** Switches an intercept on or off. */
    static void intercept(Vmcb vmcb, int code, boolean on) {
        int word = VmcbField.INTERCEPTS + 4 * (code >>> 5);
        int bit = 1 << code;
        vmcb.set32(word, on ? vmcb.get32(word) | bit : vmcb.get32(word) & ~bit);
    }
}
