package dev.hv.core.hypervisor.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.svm.StateTransfer;
import dev.hv.cpu.svm.SvmExitCode;
import dev.hv.cpu.svm.Vmcb;
import dev.hv.cpu.svm.VmcbField;

/** The state save area of a VMCB (APM vol. 2, appendix B) and a virtual processor's registers: one becomes the other. */
final class GuestState {

    private static final int[] SEGMENTS = {VmcbField.ES, VmcbField.CS, VmcbField.SS, VmcbField.DS};

    private GuestState() {}

    /** Brings registers up to date with the VMCB, VMSAVE's part included. */
    static void store(Vmcb v, Cpu r) {
        store(v, r, intercepted(v, SvmExitCode.CR0_READ));
    }

    /**
     * Brings registers up to date with the VMCB, VMSAVE's part included.
     *
     * @param follows whether TS is the hypervisor's
     */
    static void store(Vmcb v, Cpu r, boolean follows) {
        // while the hypervisor keeps TS set, every access to CR0 exits: the guest's TS is where it was put
        long owned = follows ? Control.CR0_TS : 0;
        r.cr0 = v.get(VmcbField.CR0) & ~owned | r.cr0 & owned;
        r.cr2(v.get(VmcbField.CR2));
        r.cr3 = v.get(VmcbField.CR3);
        r.cr4 = v.get(VmcbField.CR4);
        // accesses to EFER exit, so a guest's own SVME is where it was put
        r.efer = v.get(VmcbField.EFER) & ~Control.EFER_SVME | r.efer & Control.EFER_SVME;
        r.pat = v.get(VmcbField.G_PAT);
        r.dr[6] = v.get(VmcbField.DR6);
        r.dr[7] = v.get(VmcbField.DR7);
        for (int i = 0; i < SEGMENTS.length; i++) {
            v.segment(SEGMENTS[i], r.seg[i]);
        }
        StateTransfer.load(r, v);
        if ((v.get(VmcbField.VIRTUAL_EXTENSIONS) & VIRTUAL_BRANCH_RECORDS) != 0) {
            StateTransfer.loadBranches(r, v);
        }
        r.gdtrBase = v.get(VmcbField.GDTR + VmcbField.BASE);
        r.gdtrLimit = v.get32(VmcbField.GDTR + VmcbField.LIMIT) & 0xFFFF;
        r.idtrBase = v.get(VmcbField.IDTR + VmcbField.BASE);
        r.idtrLimit = v.get32(VmcbField.IDTR + VmcbField.LIMIT) & 0xFFFF;
        r.gpr(Cpu.RAX, v.get(VmcbField.RAX));
        r.gpr(Cpu.RSP, v.get(VmcbField.RSP));
        r.rip = v.get(VmcbField.RIP);
        r.cpl = v.get8(VmcbField.CPL);
        if (r.model.has(Feature.SHSTK)) {
            r.supervisorCet = v.get(VmcbField.S_CET);
            r.ssp = v.get(VmcbField.SSP);
            r.interruptSspTable = v.get(VmcbField.INTERRUPT_SSP_TABLE);
        }
        r.shadow = (v.get(VmcbField.INTERRUPT_SHADOW) & 1) != 0 ? Cpu.SHADOW_STI : 0;
        r.shadowRip = r.rip;
        r.nmiBlocked = (v.get(VmcbField.VIRTUAL_INTERRUPT) & V_NMI_MASK) != 0;
        r.pendingDebug = 0;
        r.setRflags(v.get(VmcbField.RFLAGS));
        Modes.update(r);
    }

    /** {@link dev.hv.core.hypervisor.hardware.HardwareContext#storeModes}; XCR0 and IA32_XSS are in the processor. */
    static void storeModes(Vmcb v, Cpu cpu, Cpu r, boolean code64) {
        r.cr4 = v.get(VmcbField.CR4);
        r.xcr0 = cpu.xcr0;
        r.xss = cpu.xss;
        r.mode = code64 ? r.mode | Modes.CODE64 : r.mode & ~Modes.CODE64;
    }

    /**
     * Fills the VMCB from registers, VMLOAD's part included.
     *
     * @param exceptions those that exit whatever the registers say, as bits by vector
     */
    static void load(Vmcb v, Cpu r, int exceptions) {
        // while FERR# is asserted any floating-point instruction may be the one that ends it: all of them are carried out by the emulator
        boolean follows = !r.cr0(Control.CR0_NE) && r.ferr;
        v.set(VmcbField.CR0, follows ? r.cr0 | Control.CR0_TS : r.cr0);
        VmcbSetup.intercept(v, SvmExitCode.CR0_READ, follows);
        VmcbSetup.intercept(v, SvmExitCode.CR0_WRITE, follows);
        v.set32(VmcbField.INTERCEPTS + 4 * (SvmExitCode.EXCEPTION >>> 5), exceptions | (follows ? 1 << Vector.NM : 0));
        v.set(VmcbField.CR2, r.cr2());
        v.set(VmcbField.CR3, r.cr3);
        v.set(VmcbField.CR4, r.cr4);
        v.set(VmcbField.EFER, r.efer | Control.EFER_SVME);
        v.set(VmcbField.G_PAT, r.pat);
        v.set(VmcbField.DR6, r.dr[6]);
        v.set(VmcbField.DR7, r.dr[7]);
        for (int i = 0; i < SEGMENTS.length; i++) {
            v.setSegment(SEGMENTS[i], r.seg[i]);
        }
        StateTransfer.save(r, v);
        // a guest without DEBUGCTL records nothing, and its entries and exits have that much less to switch
        v.set(VmcbField.VIRTUAL_EXTENSIONS, r.debugCtl != 0 ? VIRTUAL_BRANCH_RECORDS : 0);
        StateTransfer.saveBranches(r, v);
        v.set(VmcbField.GDTR + VmcbField.BASE, r.gdtrBase);
        v.set32(VmcbField.GDTR + VmcbField.LIMIT, r.gdtrLimit & 0xFFFF);
        v.set(VmcbField.IDTR + VmcbField.BASE, r.idtrBase);
        v.set32(VmcbField.IDTR + VmcbField.LIMIT, r.idtrLimit & 0xFFFF);
        v.set(VmcbField.RAX, r.gpr(Cpu.RAX));
        v.set(VmcbField.RSP, r.gpr(Cpu.RSP));
        v.set(VmcbField.RIP, r.rip);
        v.set8(VmcbField.CPL, r.cpl);
        if (r.model.has(Feature.SHSTK)) {
            v.set(VmcbField.S_CET, r.supervisorCet);
            v.set(VmcbField.SSP, r.ssp);
            v.set(VmcbField.INTERRUPT_SSP_TABLE, r.interruptSspTable);
        }
        v.set(VmcbField.RFLAGS, r.rflags());
        v.set(VmcbField.INTERRUPT_SHADOW, r.shadow() != 0 ? 1 : 0);
        long virtual = v.get(VmcbField.VIRTUAL_INTERRUPT) & ~(long) V_NMI_MASK;
        v.set(VmcbField.VIRTUAL_INTERRUPT, r.nmiBlocked ? virtual | V_NMI_MASK : virtual);
    }

    /** Whether a single step is due behind an instruction that was carried out for the guest. */
    static boolean steps(Vmcb v) {
        long debugCtl = (v.get(VmcbField.VIRTUAL_EXTENSIONS) & VIRTUAL_BRANCH_RECORDS) != 0 ? v.get(VmcbField.DEBUGCTL) : 0;
        return (v.get(VmcbField.RFLAGS) & Rflags.TF) != 0 && (debugCtl & BranchRecords.BTF) == 0;
    }

    /** What a debug trap leaves in DR6 and DEBUGCTL. */
    static void noteTrap(Vmcb v, int conditions) {
        v.set(VmcbField.DR6, v.get(VmcbField.DR6) & ~0xFL | conditions & ExceptionDelivery.DR6_CONDITIONS);
        v.set(VmcbField.DEBUGCTL, v.get(VmcbField.DEBUGCTL) & ~(BranchRecords.LBR | BranchRecords.BTF));
    }

    /** Conditions of a debug trap that waits for the next instruction, as bits of DR6; 0 for none. */
    static int trap(Cpu r) {
        int causes = Events.BREAKPOINT_MET | Events.SINGLE_STEP | Events.TASK_SWITCH;
        return (r.pendingDebug & causes) != 0 ? r.pendingDebug & ~Events.BREAKPOINT_MET : 0;
    }

    private static boolean intercepted(Vmcb v, int code) {
        return (v.get32(VmcbField.INTERCEPTS + 4 * (code >>> 5)) >>> code & 1) != 0;
    }
}
