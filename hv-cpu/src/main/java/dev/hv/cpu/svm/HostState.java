package dev.hv.cpu.svm;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;

/**
 * The host's state during a guest: VMRUN saves it at VM_HSAVE_PA, in the layout of a VMCB's save area, and an exit takes it back from there
 * (APM vol. 2, 15.5.1, 15.6). Software may have written to that page, so what is found there is checked as a guest's state is.
 */
final class HostState {

    private static final int[] FIELDS = {VmcbField.ES, VmcbField.CS, VmcbField.SS, VmcbField.DS};
    private static final long DR7_FIXED = 0x400;

    private final Cpu c;
    private final Vmcb area;
    private long cr4;
    private long efer;
    private boolean interruptsEnabled;
    private boolean nmiBlocked;
    private long pat;

    HostState(Cpu c) {
        this.c = c;
        area = new Vmcb(c);
    }

    /** VM_HSAVE_PA. */
    long page() {
        return area.at();
    }

    void page(long address) {
        area.at(address);
    }

    /** CR4 at VMRUN: with {@link #efer}, the format of the nested page tables. */
    long cr4() {
        return cr4;
    }

    long efer() {
        return efer;
    }

    /** RFLAGS.IF at VMRUN. */
    boolean interruptsEnabled() {
        return interruptsEnabled;
    }

    /** Whether NMIs were blocked at VMRUN. */
    boolean nmiBlocked() {
        return nmiBlocked;
    }

    /** VMRUN. */
    void store() {
        area.settle();
        for (int i = 0; i < FIELDS.length; i++) {
            area.setSegment(FIELDS[i], c.seg[i]);
        }
        area.set(VmcbField.GDTR + VmcbField.BASE, c.gdtrBase);
        area.set32(VmcbField.GDTR + VmcbField.LIMIT, c.gdtrLimit);
        area.set(VmcbField.IDTR + VmcbField.BASE, c.idtrBase);
        area.set32(VmcbField.IDTR + VmcbField.LIMIT, c.idtrLimit);
        area.set(VmcbField.EFER, c.efer);
        area.set(VmcbField.CR0, c.cr0);
        area.set(VmcbField.CR3, c.cr3);
        area.set(VmcbField.CR4, c.cr4);
        area.set(VmcbField.RFLAGS, c.rflags());
        area.set(VmcbField.RIP, c.rip);
        area.set(VmcbField.RSP, c.gpr(Cpu.RSP));
        area.set(VmcbField.RAX, c.gpr(Cpu.RAX));
        if (c.model.has(Feature.SHSTK)) {
            area.set(VmcbField.S_CET, c.supervisorCet);
            area.set(VmcbField.SSP, c.ssp);
            area.set(VmcbField.INTERRUPT_SSP_TABLE, c.interruptSspTable);
        }
        cr4 = c.cr4;
        efer = c.efer;
        interruptsEnabled = (c.rflagsOther() & Rflags.IF) != 0;
        nmiBlocked = c.nmiBlocked;
        pat = c.pat;
    }

    /** VMRUN of a guest with last-branch records of its own (15.23). */
    void storeBranches() {
        StateTransfer.saveBranches(c, area);
    }

    /** #VMEXIT of such a guest. */
    void loadBranches() {
        StateTransfer.loadBranches(c, area);
    }

    /** #VMEXIT. A state that the processor cannot be in ends in shutdown (15.6). */
    void load(boolean nested) {
        area.settle();
        c.nested = null;
        long cr0 = area.get(VmcbField.CR0) | Control.CR0_PE | Control.CR0_ET;
        long newCr4 = area.get(VmcbField.CR4);
        long newEfer = area.get(VmcbField.EFER);
        for (int i = 0; i < FIELDS.length; i++) {
            area.segment(FIELDS[i], c.seg[i]);
        }
        c.seg[Cpu.CS].access &= ~Segment.UNUSABLE;
        boolean legal = VmRunChecks.legalModes(c.model, cr0, newCr4, newEfer, c.seg[Cpu.CS].access) && (newEfer & Control.EFER_SVME) != 0;
        if (legal) {
            c.cr0 = cr0;
            c.cr3 = area.get(VmcbField.CR3) & ~(~c.model.physicalMask() & 0x000FFFFFFFFFF000L) & 0x000FFFFFFFFFFFFFL;
            c.cr4 = newCr4;
            c.efer = newEfer & ~Control.EFER_LMA | ((newEfer & Control.EFER_LME) != 0 && (cr0 & Control.CR0_PG) != 0 ? Control.EFER_LMA : 0);
        }
        c.gdtrBase = Canonical.extended(c.model, area.get(VmcbField.GDTR + VmcbField.BASE));
        c.gdtrLimit = area.get32(VmcbField.GDTR + VmcbField.LIMIT) & 0xFFFF;
        c.idtrBase = Canonical.extended(c.model, area.get(VmcbField.IDTR + VmcbField.BASE));
        c.idtrLimit = area.get32(VmcbField.IDTR + VmcbField.LIMIT) & 0xFFFF;
        long flags = area.get(VmcbField.RFLAGS) & ~(long) Rflags.VM;
        Flags.load(c, flags);
        c.rflagsOther(flags & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        c.rip = area.get(VmcbField.RIP);
        c.gpr(Cpu.RSP, area.get(VmcbField.RSP));
        c.gpr(Cpu.RAX, area.get(VmcbField.RAX));
        if (c.model.has(Feature.SHSTK)) {
            c.supervisorCet = area.get(VmcbField.S_CET);
            c.ssp = area.get(VmcbField.SSP);
            c.interruptSspTable = area.get(VmcbField.INTERRUPT_SSP_TABLE);
        }
        c.dr[7] = DR7_FIXED;
        c.cpl = 0;
        if (nested) {
            c.pat = pat;
        }
        boolean pae = c.cr0(Control.CR0_PG) && c.cr4(Control.CR4_PAE) && !c.longMode();
        if (!legal || pae && !PageWalker.loadPdptes(c, c.cr3)) {
            c.activity = Cpu.SHUTDOWN;
        }
    }

    void save(StateWriter out) {
        out.put("at", area.at());
        out.put("cr4", cr4);
        out.put("efer", efer);
        out.put("interrupts-enabled", interruptsEnabled);
        out.put("nmi-blocked", nmiBlocked);
        out.put("pat", pat);
    }

    void restore(StateReader in) {
        area.at(in.take());
        cr4 = in.take();
        efer = in.take();
        interruptsEnabled = in.takeBoolean();
        nmiBlocked = in.takeBoolean();
        pat = in.take();
    }
}
