package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;

/** VM entries (SDM vol. 3C, chapter 26): the checks, guest state, MSR loading, event injection. */
final class VmEntry {

    /** CR0 bits that entries and exits leave alone: ET, NW, CD and the reserved ones 28:19, 17 and 15:6 (26.3.2.1). */
    static final long CR0_KEPT = Control.CR0_ET | Control.CR0_NW | Control.CR0_CD | 0x1FF80000L | 0x20000L | 0xFFC0L;

    private static final long DR7_FIXED = 0x400;
    private static final long DR7_ZERO = 0xD000;

    private final VmxUnit unit;

    VmEntry(VmxUnit unit) {
        this.unit = unit;
    }

    /** VMLAUNCH or VMRESUME (26.1 to 26.8). */
    int enter(boolean resume) {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        if (!v.current() || v.shadow) {
            return VmxError.INVALID;
        }
        if ((c.shadow() & Cpu.SHADOW_SS) != 0) {
            return unit.fail(VmxError.ENTRY_MOV_SS);
        }
        if (v.launched != resume) {
            return unit.fail(resume ? VmxError.VMRESUME_NOT_LAUNCHED : VmxError.VMLAUNCH_NOT_CLEAR);
        }
        if (!EntryControlChecks.pass(unit, v)) {
            return unit.fail(VmxError.ENTRY_CONTROLS);
        }
        if (!EntryHostChecks.pass(unit, v)) {
            return unit.fail(VmxError.ENTRY_HOST_STATE);
        }
        unit.entryBegins();
        unit.contexts.leaveContext();
        unit.hostPaging = unit.contexts.pagingModifiers();
        int failure = EntryGuestChecks.check(unit, v);
        if (failure != EntryGuestChecks.PASSED) {
            unit.exits().failedEntry(ExitReason.INVALID_GUEST_STATE, failure);
            return VmxError.NONE;
        }
        loadGuest(c, v);
        int bad = MsrArea.load(c, unit.msrs, v.get(VmcsField.ENTRY_MSR_LOAD_ADDRESS), v.get32(VmcsField.ENTRY_MSR_LOAD_COUNT));
        if (bad != 0) {
            unit.exits().failedEntry(ExitReason.MSR_LOADING, bad);
            return VmxError.NONE;
        }
        v.launched = true;
        if ((unit.secondaryControls() & ENABLE_VPID) == 0) {
            unit.contexts.flushVpid(0);
        }
        attach();
        inject(c, v);
        return VmxError.NONE;
    }

    /** 26.3.2 Loading guest state. */
    private void loadGuest(Cpu c, Vmcs v) {
        int entry = v.get32(VmcsField.ENTRY_CONTROLS);
        boolean guest64 = (entry & ENTRY_GUEST_64) != 0;
        c.cr0 = c.cr0 & CR0_KEPT | v.get(VmcsField.GUEST_CR0) & ~CR0_KEPT;
        c.cr3 = v.get(VmcsField.GUEST_CR3);
        c.cr4 = v.get(VmcsField.GUEST_CR4);
        if ((entry & ENTRY_LOAD_DEBUG) != 0) {
            c.dr[7] = v.get(VmcsField.GUEST_DR7) & ~DR7_ZERO | DR7_FIXED;
            c.debugCtl = v.get(VmcsField.GUEST_DEBUGCTL);
        }
        c.sysenterCs = v.get(VmcsField.GUEST_SYSENTER_CS);
        c.sysenterEsp = v.get(VmcsField.GUEST_SYSENTER_ESP);
        c.sysenterEip = v.get(VmcsField.GUEST_SYSENTER_EIP);
        if ((entry & ENTRY_LOAD_EFER) != 0) {
            c.efer = v.get(VmcsField.GUEST_EFER);
        } else {
            long modes = guest64 ? Control.EFER_LMA | Control.EFER_LME : 0;
            boolean paging = (c.cr0 & Control.CR0_PG) != 0;
            long changed = paging ? Control.EFER_LMA | Control.EFER_LME : Control.EFER_LMA;
            c.efer = c.efer & ~changed | modes & changed;
        }
        if ((entry & ENTRY_LOAD_PAT) != 0) {
            c.pat = v.get(VmcsField.GUEST_PAT);
        }
        if ((entry & ENTRY_LOAD_CET) != 0) {
            CetState.load(c, v, VmcsField.GUEST_S_CET, VmcsField.GUEST_SSP, VmcsField.GUEST_INTERRUPT_SSP_TABLE);
        }
        if ((entry & ENTRY_LOAD_PERF_GLOBAL) != 0) {
            c.counters.loadGlobalControl(v.get(VmcsField.GUEST_PERF_GLOBAL_CTRL));
        }
        if ((entry & ENTRY_LOAD_PKRS) != 0) {
            ProtectionKeys.pkrs(c, v.get32(VmcsField.GUEST_PKRS));
        }
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            v.loadSegment(c.seg[i], i);
        }
        v.loadSegment(c.ldtr, 6);
        v.loadSegment(c.tr, 7);
        c.gdtrBase = v.get(VmcsField.GUEST_GDTR_BASE);
        c.gdtrLimit = v.get32(VmcsField.GUEST_GDTR_LIMIT);
        c.idtrBase = v.get(VmcsField.GUEST_IDTR_BASE);
        c.idtrLimit = v.get32(VmcsField.GUEST_IDTR_LIMIT);
        c.gpr(Cpu.RSP, v.get(VmcsField.GUEST_RSP));
        c.rip = v.get(VmcsField.GUEST_RIP);
        long flags = v.get(VmcsField.GUEST_RFLAGS);
        Flags.load(c, flags);
        c.rflagsOther(flags & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        c.cpl = c.seg[Cpu.SS].dpl();
        loadPdptes(c, v, guest64);
        int blocking = v.get32(VmcsField.GUEST_INTERRUPTIBILITY);
        c.shadow = VmcsFormat.shadow(blocking);
        c.shadowRip = c.rip;
        // 26.3.3
        c.monitor.disarm();
        c.nmiBlocked = (blocking & BLOCKING_NMI) != 0;
        c.pendingDebug = VmcsFormat.debugConditions(v.get32(VmcsField.GUEST_PENDING_DEBUG));
        c.activity = VmcsFormat.activity(v.get32(VmcsField.GUEST_ACTIVITY));
    }

    /** 26.3.2.4; without EPT they were read and checked in memory a moment ago (26.3.1.6). */
    private void loadPdptes(Cpu c, Vmcs v, boolean guest64) {
        if (guest64 || !c.cr0(Control.CR0_PG) || !c.cr4(Control.CR4_PAE)) {
            return;
        }
        if ((unit.secondaryControls() & EPT) == 0) {
            PageWalker.loadPdptes(c, c.cr3);
        } else {
            for (int i = 0; i < 4; i++) {
                c.pdpte[i] = v.get(VmcsField.GUEST_PDPTE0 + 2 * i);
            }
        }
    }

    /** Puts the controls of the current VMCS in force and makes the guest's translation context current. */
    void attach() {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        unit.pin = v.get32(VmcsField.PIN_CONTROLS);
        unit.primary = v.get32(VmcsField.PRIMARY_CONTROLS);
        unit.secondary = unit.secondaryControls();
        int secondary = unit.secondary;
        boolean ept = (secondary & EPT) != 0;
        boolean apic = (secondary & VIRTUALIZE_APIC) != 0;
        int root = 0;
        if (ept) {
            root = unit.ept.select(v.get(VmcsField.EPT_POINTER), secondary);
        } else {
            unit.ept.selectNone();
        }
        if (apic) {
            unit.ept.virtualizeApic(v.get(VmcsField.APIC_ACCESS_ADDRESS));
        } else {
            unit.ept.plainApic();
        }
        int vpid = (secondary & ENABLE_VPID) != 0 ? v.get32(VmcsField.VPID) : 0;
        int paging = unit.contexts.pagingModifiers();
        if (paging != v.paging || Breakpoints.armed(c)) {
            unit.contexts.flushGuest(root, vpid);
            v.paging = paging;
        }
        c.guest = unit.intercepts;
        c.nested = ept || apic ? unit.ept : null;
        c.events &= ~(Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW);
        unit.apic.entered();
        unit.events.entered();
        unit.intercepts.entered();
        unit.contexts.selectContext(root, vpid);
    }

    /** 26.5 Event injection. */
    private void inject(Cpu c, Vmcs v) {
        int info = v.get32(VmcsField.ENTRY_INTERRUPTION_INFO);
        if ((info & INFO_VALID) == 0) {
            return;
        }
        unit.events.injected();
        if ((info >>> 8 & 7) == TYPE_OTHER) {
            return;
        }
        EventKind kind = VmcsFormat.kind(info);
        c.activity = Cpu.ACTIVE;
        int length = 0;
        long returnRip = c.rip;
        if (kind.byInstruction()) {
            length = v.get32(VmcsField.ENTRY_INSTRUCTION_LENGTH);
            returnRip += length;
            if ((c.mode & Modes.CODE64) == 0) {
                returnRip &= 0xFFFFFFFFL;
            }
        }
        ExceptionDelivery.event(c, info & 0xFF, kind, (info & INFO_ERROR_CODE) != 0, v.get32(VmcsField.ENTRY_ERROR_CODE), returnRip, length);
    }
}
