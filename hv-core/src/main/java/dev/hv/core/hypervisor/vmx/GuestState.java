package dev.hv.core.hypervisor.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmcsFormat;
import dev.hv.cpu.vmx.VmxUnit;

/** The guest-state area of the current VMCS (SDM vol. 3C, 24.4) and a virtual processor's registers: one becomes the other. */
final class GuestState {

    /** CR0 bits the hypervisor owns: NE must be 1 in VMX operation, and entries do not switch CD and NW. */
    private static final long CR0_OWNED = Control.CR0_NE | Control.CR0_CD | Control.CR0_NW;
    private static final long CR4_OWNED = Control.CR4_VMXE;
    private static final int DPL = 3 << 5;

    private GuestState() {}

    /** Brings registers up to date with the VMCS. */
    static void store(VmxUnit vmx, Cpu r) {
        long owned = vmx.field(VmcsField.CR0_MASK);
        r.cr0 = vmx.field(VmcsField.GUEST_CR0) & ~owned | vmx.field(VmcsField.CR0_SHADOW) & owned;
        r.cr3 = vmx.field(VmcsField.GUEST_CR3);
        r.cr4 = cr4(vmx);
        r.efer = vmx.field(VmcsField.GUEST_EFER);
        r.pat = vmx.field(VmcsField.GUEST_PAT);
        r.dr[7] = vmx.field(VmcsField.GUEST_DR7);
        r.debugCtl = vmx.field(VmcsField.GUEST_DEBUGCTL);
        r.sysenterCs = vmx.field(VmcsField.GUEST_SYSENTER_CS);
        r.sysenterEsp = vmx.field(VmcsField.GUEST_SYSENTER_ESP);
        r.sysenterEip = vmx.field(VmcsField.GUEST_SYSENTER_EIP);
        for (int i = 0; i < 8; i++) {
            segment(r, i).set((int) vmx.field(VmcsField.GUEST_ES_SELECTOR + 2 * i), vmx.field(VmcsField.GUEST_ES_BASE + 2 * i),
                    (int) vmx.field(VmcsField.GUEST_ES_LIMIT + 2 * i), (int) vmx.field(VmcsField.GUEST_ES_ACCESS_RIGHTS + 2 * i));
        }
        r.gdtrBase = vmx.field(VmcsField.GUEST_GDTR_BASE);
        r.gdtrLimit = (int) vmx.field(VmcsField.GUEST_GDTR_LIMIT);
        r.idtrBase = vmx.field(VmcsField.GUEST_IDTR_BASE);
        r.idtrLimit = (int) vmx.field(VmcsField.GUEST_IDTR_LIMIT);
        for (int i = 0; i < 4; i++) {
            r.pdpte[i] = vmx.field(VmcsField.GUEST_PDPTE0 + 2 * i);
        }
        r.gpr(Cpu.RSP, vmx.field(VmcsField.GUEST_RSP));
        r.rip = vmx.field(VmcsField.GUEST_RIP);
        r.cpl = r.seg[Cpu.SS].dpl();
        int blocking = (int) vmx.field(VmcsField.GUEST_INTERRUPTIBILITY);
        r.shadow = VmcsFormat.shadow(blocking);
        r.shadowRip = r.rip;
        r.nmiBlocked = (blocking & BLOCKING_NMI) != 0;
        r.pendingDebug = VmcsFormat.debugConditions((int) vmx.field(VmcsField.GUEST_PENDING_DEBUG));
        r.setRflags(vmx.field(VmcsField.GUEST_RFLAGS));
        Modes.update(r);
    }

    private static long cr4(VmxUnit vmx) {
        return vmx.field(VmcsField.GUEST_CR4) & ~CR4_OWNED | vmx.field(VmcsField.CR4_SHADOW) & CR4_OWNED;
    }

    /** {@link dev.hv.core.hypervisor.hardware.HardwareContext#storeModes}; XCR0 and IA32_XSS are in the processor. */
    static void storeModes(VmxUnit vmx, Cpu cpu, Cpu r, boolean code64) {
        r.cr4 = cr4(vmx);
        r.xcr0 = cpu.xcr0;
        r.xss = cpu.xss;
        r.mode = code64 ? r.mode | Modes.CODE64 : r.mode & ~Modes.CODE64;
    }

    /**
     * Fills the VMCS from registers.
     *
     * @param exceptions those that exit whatever the registers say, as bits by vector
     */
    static void load(VmxUnit vmx, Cpu r, int exceptions) {
        loadCr0(vmx, r, exceptions);
        vmx.field(VmcsField.GUEST_CR3, r.cr3);
        vmx.field(VmcsField.CR4_MASK, CR4_OWNED);
        vmx.field(VmcsField.CR4_SHADOW, r.cr4);
        vmx.field(VmcsField.GUEST_CR4, r.cr4 | Control.CR4_VMXE);
        vmx.field(VmcsField.GUEST_EFER, r.efer);
        vmx.field(VmcsField.GUEST_PAT, r.pat);
        vmx.field(VmcsField.GUEST_DR7, r.dr[7]);
        // entries and exits of VT-x do not switch last-branch records: a guest finds LBR cleared again and nothing recorded
        vmx.field(VmcsField.GUEST_DEBUGCTL, r.debugCtl & ~BranchRecords.LBR);
        vmx.field(VmcsField.GUEST_SYSENTER_CS, r.sysenterCs);
        vmx.field(VmcsField.GUEST_SYSENTER_ESP, r.sysenterEsp);
        vmx.field(VmcsField.GUEST_SYSENTER_EIP, r.sysenterEip);
        for (int i = 0; i < 8; i++) {
            Segment s = segment(r, i);
            vmx.field(VmcsField.GUEST_ES_SELECTOR + 2 * i, s.selector & 0xFFFF);
            vmx.field(VmcsField.GUEST_ES_BASE + 2 * i, s.base);
            vmx.field(VmcsField.GUEST_ES_LIMIT + 2 * i, s.limit & 0xFFFF_FFFFL);
            // SS.DPL is the privilege level, even where SS is unusable
            vmx.field(VmcsField.GUEST_ES_ACCESS_RIGHTS + 2 * i, i == Cpu.SS ? s.access & ~DPL | r.cpl << 5 : s.access);
        }
        vmx.field(VmcsField.GUEST_GDTR_BASE, r.gdtrBase);
        vmx.field(VmcsField.GUEST_GDTR_LIMIT, r.gdtrLimit & 0xFFFF);
        vmx.field(VmcsField.GUEST_IDTR_BASE, r.idtrBase);
        vmx.field(VmcsField.GUEST_IDTR_LIMIT, r.idtrLimit & 0xFFFF);
        for (int i = 0; i < 4; i++) {
            vmx.field(VmcsField.GUEST_PDPTE0 + 2 * i, r.pdpte[i]);
        }
        vmx.field(VmcsField.GUEST_RSP, r.gpr(Cpu.RSP));
        vmx.field(VmcsField.GUEST_RIP, r.rip);
        vmx.field(VmcsField.GUEST_RFLAGS, r.rflags());
        int blocking = VmcsFormat.blocking(r.shadow());
        vmx.field(VmcsField.GUEST_INTERRUPTIBILITY, blocking | (r.nmiBlocked ? BLOCKING_NMI : 0));
        vmx.field(VmcsField.GUEST_ACTIVITY, Cpu.ACTIVE);
        int pending = VmcsFormat.pendingDebug(r.pendingDebug);
        if (blocking != 0) {
            // entries want to find single-stepping here while events are blocked (26.3.1.5)
            boolean step = (r.rflagsOther() & Rflags.TF) != 0 && (r.debugCtl & BranchRecords.BTF) == 0;
            pending = pending & ~PENDING_SINGLE_STEP | (step ? PENDING_SINGLE_STEP : 0);
        }
        vmx.field(VmcsField.GUEST_PENDING_DEBUG, pending);
    }

    /**
     * CR0, and what exits for its sake. With NE clear x87 errors go to the chipset's pins, which the emulator serves; while FERR# is
     * asserted any floating-point instruction may be the one that ends it, so all of them are carried out there.
     */
    private static void loadCr0(VmxUnit vmx, Cpu r, int exceptions) {
        boolean pins = !r.cr0(Control.CR0_NE);
        boolean follow = pins && r.ferr;
        // in VMX operation CR0 has bits that must stay (SDM vol. 3C, 23.8): of a hypervisor that is a guest the checks are made in software
        long fixed = r.virtualization instanceof VmxUnit own && own.inVmxOperation() ? Control.CR0_PE | Control.CR0_PG : 0;
        long owned = CR0_OWNED | fixed | (follow ? Control.CR0_TS : 0);
        vmx.field(VmcsField.CR0_MASK, owned);
        vmx.field(VmcsField.CR0_SHADOW, r.cr0);
        vmx.field(VmcsField.GUEST_CR0, r.cr0 & ~(CR0_OWNED | Control.CR0_TS) | Control.CR0_NE | (follow ? Control.CR0_TS : r.cr0 & Control.CR0_TS));
        vmx.field(VmcsField.EXCEPTION_BITMAP, exceptions | (pins ? 1 << Vector.MF : 0) | (follow ? 1 << Vector.NM : 0));
    }

    /** The registers of a VMCS segment index: ES CS SS DS FS GS LDTR TR. */
    private static Segment segment(Cpu c, int i) {
        return i < 6 ? c.seg[i] : i == 6 ? c.ldtr : c.tr;
    }

    /** Goes behind an instruction that was carried out for the guest: shadows end, and a single step is due. */
    static void advance(VmxUnit vmx, int length, boolean longMode) {
        long rip = vmx.field(VmcsField.GUEST_RIP) + length;
        vmx.field(VmcsField.GUEST_RIP, longMode ? rip : rip & 0xFFFF_FFFFL);
        long blocking = vmx.field(VmcsField.GUEST_INTERRUPTIBILITY);
        if ((blocking & (BLOCKING_STI | BLOCKING_SS)) != 0) {
            vmx.field(VmcsField.GUEST_INTERRUPTIBILITY, blocking & ~(BLOCKING_STI | BLOCKING_SS));
        }
        long pending = vmx.field(VmcsField.GUEST_PENDING_DEBUG) & ~PENDING_SINGLE_STEP;
        boolean step = (vmx.field(VmcsField.GUEST_RFLAGS) & Rflags.TF) != 0 && (vmx.field(VmcsField.GUEST_DEBUGCTL) & BranchRecords.BTF) == 0;
        vmx.field(VmcsField.GUEST_PENDING_DEBUG, step ? pending | PENDING_SINGLE_STEP : pending);
    }
}
