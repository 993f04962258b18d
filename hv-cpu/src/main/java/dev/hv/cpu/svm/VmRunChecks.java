package dev.hv.cpu.svm;

import static dev.hv.cpu.state.Control.*;
import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.instructions.ControlRegisters;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.SvmOperations;

/** What VMRUN wants of a VMCB before it enters the guest (APM vol. 2, 15.5.1 "Canonicalization and consistency checks"). */
final class VmRunChecks {

    /** Bytes of the MSR permission map; the I/O permission map has three bits more. */
    private static final int TABLE = 0x2000;
    private static final int LAST_AVIC_ID = 0xFF;
    private static final int LAST_X2AVIC_ID = 0x1FF;

    private VmRunChecks() {}

    /** Whether the guest may be entered. */
    static boolean pass(Cpu c, Vmcb v, GuestControls g) {
        return controls(c, g, c.cr0) && state(c, v, g) && injection(v, g);
    }

    private static boolean controls(Cpu c, GuestControls g, long hostCr0) {
        if (!g.intercepts(SvmExitCode.VMRUN) || g.asid == 0 || g.asid < 0 || g.asid >= SvmOperations.ASIDS) {
            return false;
        }
        if (g.tlbControl != TLB_NOTHING && g.tlbControl != TLB_FLUSH_ALL && g.tlbControl != TLB_FLUSH_ASID && g.tlbControl != TLB_FLUSH_ASID_LOCAL) {
            return false;
        }
        if (g.intercepts(SvmExitCode.IO) && !table(c, g.ioBitmap)
                || g.intercepts(SvmExitCode.MSR) && !table(c, g.msrBitmap)) {
            return false;
        }
        if (g.nested && ((hostCr0 & CR0_PG) == 0 || !PhysicalAccess.valid(c, g.nestedCr3 & ~0xFFFL, 1))) {
            return false;
        }
        if (g.x2avicAlone || g.avic && !avic(c, g)) {
            return false;
        }
        // 15.21.10: virtual NMIs want NMIs to exit, and there is none to be pending or masked without them
        return !g.has(V_NMI_ENABLE) || g.intercepts(SvmExitCode.NMI);
    }

    /** 15.29.3.1: nested paging, pages that the processor can address, a table of IDs that its format has room for. */
    private static boolean avic(Cpu c, GuestControls g) {
        return g.nested && g.lastPhysicalId <= (g.x2avic ? LAST_X2AVIC_ID : LAST_AVIC_ID) && PhysicalAccess.valid(c, g.backingPage, 1)
                && PhysicalAccess.valid(c, g.physicalTable, 1) && PhysicalAccess.valid(c, g.logicalTable, 1);
    }

    /** Whether a permission map ends before the addresses that the processor has do. */
    private static boolean table(Cpu c, long base) {
        return PhysicalAccess.valid(c, base + TABLE, 1);
    }

    private static boolean state(Cpu c, Vmcb v, GuestControls g) {
        long efer = v.get(VmcbField.EFER);
        long cr0 = v.get(VmcbField.CR0);
        long cr3 = v.get(VmcbField.CR3);
        long cr4 = v.get(VmcbField.CR4);
        int cs = VmcbFormat.access(v.get16(VmcbField.CS + VmcbField.ATTRIBUTES));
        if ((efer & EFER_SVME) == 0 || !legalModes(c.model, cr0, cr4, efer, cs)) {
            return false;
        }
        if ((cr3 & ~c.model.physicalMask()) != 0) {
            return false;
        }
        if ((v.get(VmcbField.DR6) | v.get(VmcbField.DR7)) >>> 32 != 0) {
            return false;
        }
        // 15.5.1, where there are shadow stacks
        if (c.model.has(Feature.SHSTK) && (!Msrs.supervisorCetValid(c.model, v.get(VmcbField.S_CET))
                || (cr4 & CR4_CET) != 0 && (v.get(VmcbField.RFLAGS) & Rflags.VM) != 0 && (c.userCet & ShadowStack.ENABLE) != 0)) {
            return false;
        }
        boolean pae = (cr0 & CR0_PG) != 0 && (cr4 & CR4_PAE) != 0 && (efer & EFER_LME) == 0;
        if (pae && !g.nested && !PageWalker.validPdptes(c, cr3)) {
            return false;
        }
        return !g.nested || pat(v.get(VmcbField.G_PAT));
    }

    /** Whether control registers, EFER and a code segment go together. */
    static boolean legalModes(CpuModel model, long cr0, long cr4, long efer, int cs) {
        if ((cr0 & (CR0_CD | CR0_NW)) == CR0_NW || cr0 >>> 32 != 0) {
            return false;
        }
        if ((cr4 & CR4_CET) != 0 && (cr0 & CR0_WP) == 0) {
            return false;
        }
        if ((cr4 & ~ControlRegisters.cr4Valid(model)) != 0 || (efer & ~ControlRegisters.eferValid(model)) != 0) {
            return false;
        }
        boolean longMode = (efer & EFER_LME) != 0 && (cr0 & CR0_PG) != 0;
        if ((efer & (EFER_LME | EFER_LMA)) != 0 && !model.has(Feature.LM)) {
            return false;
        }
        if (longMode && ((cr4 & CR4_PAE) == 0 || (cr0 & CR0_PE) == 0 || (cs & (Segment.L | Segment.DB)) == (Segment.L | Segment.DB))) {
            return false;
        }
        return longMode || (cr4 & CR4_PCIDE) == 0;
    }

    private static boolean pat(long pat) {
        for (int i = 0; i < 64; i += 8) {
            long type = pat >>> i & 0xFF;
            if (type > 7 || type == 2 || type == 3) {
                return false;
            }
        }
        return true;
    }

    private static boolean injection(Vmcb v, GuestControls g) {
        boolean code64 = (v.get(VmcbField.EFER) & EFER_LME) != 0 && (v.get(VmcbField.CR0) & CR0_PG) != 0
                && (v.get16(VmcbField.CS + VmcbField.ATTRIBUTES) & 1 << 9) != 0;
        return !VmcbFormat.valid(g.injection) || VmcbFormat.legal(g.injection, code64);
    }
}
