package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/** VMRUN (APM vol. 2, 15.5): the host's state saved, the checks, guest state, event injection. */
final class VmEntry {

    private static final long CR0_ET = Control.CR0_ET;
    private static final long DR6_FIXED = 0xFFFF0FF0L;
    private static final long DR6_WRITABLE = 0xE00F;
    private static final long DR7_FIXED = 0x400;
    private static final long DR7_ZERO = 0xD000;
    private static final int[] SEGMENTS = {VmcbField.ES, VmcbField.CS, VmcbField.SS, VmcbField.DS};

    private final SvmUnit unit;

    VmEntry(SvmUnit unit) {
        this.unit = unit;
    }

    void enter(long address) {
        Cpu c = unit.c;
        Vmcb v = unit.vmcb;
        GuestControls g = unit.controls;
        v.at(address);
        v.settle();
        unit.entryBegins();
        unit.contexts.leave();
        unit.host.store();
        g.read(v, c.model);
        if (!VmRunChecks.pass(c, v, g)) {
            unit.exits().refuse();
            return;
        }
        flush(g);
        loadGuest(c, v, g);
        c.eventsHeld = false;
        attach();
        unit.avic.entered();
        if (!g.nested && !c.longMode() && c.cr0(Control.CR0_PG) && c.cr4(Control.CR4_PAE)) {
            PageWalker.loadUncheckedPdptes(c);
        }
        inject(c, v, g);
    }

    /** 15.16.2; ASID 0 is the host's. */
    private void flush(GuestControls g) {
        switch (g.tlbControl) {
            case TLB_FLUSH_ALL -> unit.contexts.flushAll();
            case TLB_FLUSH_ASID, TLB_FLUSH_ASID_LOCAL -> unit.contexts.flush(g.asid);
            default -> {}
        }
    }

    private void loadGuest(Cpu c, Vmcb v, GuestControls g) {
        c.cr0 = v.get(VmcbField.CR0) & 0xFFFFFFFFL | CR0_ET;
        c.cr2(v.get(VmcbField.CR2));
        c.cr3 = v.get(VmcbField.CR3);
        c.cr4 = v.get(VmcbField.CR4);
        boolean longMode = (v.get(VmcbField.EFER) & Control.EFER_LME) != 0 && c.cr0(Control.CR0_PG);
        // LMA follows from LME and PG, whatever stands there
        c.efer = v.get(VmcbField.EFER) & ~Control.EFER_LMA | (longMode ? Control.EFER_LMA : 0);
        c.dr[6] = v.get(VmcbField.DR6) & DR6_WRITABLE | DR6_FIXED;
        c.dr[7] = v.get(VmcbField.DR7) & ~DR7_ZERO | DR7_FIXED;
        if (g.virtualBranches) {
            unit.host.storeBranches();
            StateTransfer.loadBranches(c, v);
        }
        if (g.nested) {
            c.pat = v.get(VmcbField.G_PAT);
        }
        long flags = v.get(VmcbField.RFLAGS);
        Flags.load(c, flags);
        c.rflagsOther(flags & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        boolean real = !c.cr0(Control.CR0_PE);
        boolean v86 = !real && (c.rflagsOther() & Rflags.VM) != 0;
        for (int i = 0; i < SEGMENTS.length; i++) {
            v.segment(SEGMENTS[i], c.seg[i]);
        }
        c.seg[Cpu.CS].access &= ~Segment.UNUSABLE;
        if (real || v86) {
            for (int i = 0; i < SEGMENTS.length; i++) {
                c.seg[i].access = c.seg[i].access & ~Segment.UNUSABLE | Segment.P | Segment.S;
            }
        }
        c.cpl = real ? 0 : v86 ? 3 : v.get8(VmcbField.CPL) & 3;
        c.gdtrBase = Canonical.extended(c.model, v.get(VmcbField.GDTR + VmcbField.BASE));
        c.gdtrLimit = v.get32(VmcbField.GDTR + VmcbField.LIMIT) & 0xFFFF;
        c.idtrBase = Canonical.extended(c.model, v.get(VmcbField.IDTR + VmcbField.BASE));
        c.idtrLimit = v.get32(VmcbField.IDTR + VmcbField.LIMIT) & 0xFFFF;
        c.gpr(Cpu.RSP, v.get(VmcbField.RSP));
        c.gpr(Cpu.RAX, v.get(VmcbField.RAX));
        if (c.model.has(Feature.SHSTK)) {
            c.supervisorCet = v.get(VmcbField.S_CET);
            c.ssp = v.get(VmcbField.SSP);
            c.interruptSspTable = v.get(VmcbField.INTERRUPT_SSP_TABLE);
        }
        c.rip = v.get(VmcbField.RIP);
        if ((c.seg[Cpu.CS].access & Segment.L) == 0 || !longMode) {
            c.rip &= 0xFFFFFFFFL;
        }
        c.shadow = g.shadow ? Cpu.SHADOW_STI : 0;
        c.shadowRip = c.rip;
        c.pendingDebug = 0;
        c.stepping = false;
        c.activity = Cpu.ACTIVE;
        c.monitor.disarm();
        if (g.has(V_NMI_ENABLE)) {
            c.nmiBlocked = g.has(V_NMI_MASK);
        } else if (g.intercepts(SvmExitCode.NMI)) {
            c.nmiBlocked = false;
        }
    }

    /** Puts the controls in force and makes the guest's translation context current. */
    void attach() {
        Cpu c = unit.c;
        c.guest = unit.intercepts;
        c.nested = unit.controls.nested ? unit.npt : null;
        c.events &= ~(Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW);
        unit.intercepts.entered();
        unit.npt.virtualizeApic(unit.controls.avic && !unit.controls.x2avic ? unit.controls.apicBar : Npt.NO_PAGE);
        unit.events.arm();
        unit.selectContext();
    }

    /** 15.20 Event injection: not intercepted, unlike what goes wrong on the way. */
    private void inject(Cpu c, Vmcb v, GuestControls g) {
        if (!VmcbFormat.valid(g.injection)) {
            return;
        }
        EventKind kind = VmcbFormat.kind(g.injection);
        int vector = kind == EventKind.NMI ? Vector.NMI : (int) g.injection & 0xFF;
        long returnRip = c.rip;
        int length = 0;
        if (kind.byInstruction()) {
            // with next-RIP saving the handler of an instruction's own event returns to there
            long next = c.model.has(Feature.NRIP_SAVE) ? v.get(VmcbField.NEXT_RIP) : 0;
            if (next != 0) {
                returnRip = (c.mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL;
                length = (int) (returnRip - c.rip);
            }
        }
        ExceptionDelivery.event(c, vector, kind, (g.injection & EVENT_ERROR_CODE) != 0, (int) (g.injection >>> 32), returnRip, length);
    }
}
