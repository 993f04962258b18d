package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.VmExitSignal;

/** VM exits (SDM vol. 3C, chapter 27): exit information, guest state saved, MSR areas, host state loaded. */
final class VmExit {

    // What RFLAGS.RF becomes in the saved image (27.3.3)
    private static final int RF_KEEP = 0;
    private static final int RF_CLEAR = 1;
    private static final int RF_SET = 2;

    // VMX-abort indicators (27.7)
    private static final int ABORT_STORE = 1;
    private static final int ABORT_PDPTE = 2;
    private static final int ABORT_LOAD = 4;

    private static final int BTF = 2;

    private final VmxUnit unit;

    VmExit(VmxUnit unit) {
        this.unit = unit;
    }

    /** An instruction's exit, before it did anything. */
    void instruction(int reason, long qualification, int length, int information) {
        unit.c.delivering.clear();
        leave(reason, qualification, length, information, 0, 0, RF_CLEAR);
    }

    /** An exit between instructions that is no exception: interrupts, windows, timers, INIT, triple faults. */
    void event(int reason, long qualification) {
        leave(reason, qualification, 0, 0, 0, 0, RF_KEEP);
    }

    /** External interrupt or NMI, with interruption information (0 when the interrupt was not acknowledged). */
    void interrupt(int reason, int information) {
        unit.c.delivering.clear();
        leave(reason, 0, 0, 0, information, 0, RF_KEEP);
    }

    /** An exception that the exception bitmap selects. */
    void exception(long qualification, int information, int errorCode, int length, boolean resumeFlag) {
        leave(ExitReason.EXCEPTION_OR_NMI, qualification, length, 0, information, errorCode, resumeFlag ? RF_SET : RF_KEEP);
    }

    /** A task switch, by an instruction or by a task gate during event delivery. */
    void taskSwitch(long qualification, int length) {
        leave(ExitReason.TASK_SWITCH, qualification, length, 0, 0, 0, RF_KEEP);
    }

    /**
     * EPT violation (if it does not become #VE), EPT misconfiguration, full page-modification log or APIC access in the middle of an instruction or of event delivery, or a task gate
     * met by event delivery.
     */
    void memory(VmExitSignal s) {
        switch (s.kind) {
            case TASK_GATE -> taskSwitch(VmcsFormat.qualification(TaskSwitchSource.GATE, s.selector), 0);
            case NESTED_VIOLATION -> {
                if (unit.exceptions.delivered(s)) {
                    return;
                }
                memory(ExitReason.EPT_VIOLATION, unit.ept.violation(s), s.guestPhysical, s);
            }
            case NESTED_MISCONFIGURATION -> memory(ExitReason.EPT_MISCONFIGURATION, 0, s.guestPhysical, s);
            case NESTED_LOG_FULL -> memory(ExitReason.PML_FULL, 0, s.guestPhysical, s);
            case APIC_ACCESS -> memory(ExitReason.APIC_ACCESS, Ept.apicAccess(s, unit.c.delivering.present()), 0, s);
            case UNREACHED -> throw s;
        }
    }

    /** Hypervisors step over such an instruction by its length, which processors tell although the manual leaves it undefined. */
    private void memory(int reason, long qualification, long guestPhysical, VmExitSignal s) {
        Vmcs v = unit.vmcs;
        v.set(VmcsField.GUEST_PHYSICAL_ADDRESS, guestPhysical);
        v.set(VmcsField.GUEST_LINEAR_ADDRESS, s.guestLinear);
        leave(reason, qualification, s.length, 0, 0, 0, deliverySetsResume(unit.c.delivering) ? RF_SET : RF_KEEP);
    }

    /** RF is set outside event delivery, and where the event under delivery would have pushed it set. */
    private static boolean deliverySetsResume(PendingEvent event) {
        return !event.present() || event.kind() == EventKind.EXCEPTION;
    }

    /** 26.8: guest state did not pass, or an MSR could not be loaded; nothing of the guest is saved. */
    void failedEntry(int reason, long qualification) {
        Vmcs v = unit.vmcs;
        v.set32(VmcsField.EXIT_REASON, reason | ExitReason.ENTRY_FAILURE);
        v.set(VmcsField.EXIT_QUALIFICATION, qualification);
        v.set32(VmcsField.IDT_VECTORING_INFO, 0);
        v.set32(VmcsField.EXIT_INTERRUPTION_INFO, 0);
        boolean blockedNmi = unit.c.nmiBlocked;
        loadHost();
        unit.c.nmiBlocked = blockedNmi;
        loadHostMsrs();
    }

    private void leave(int reason, long qualification, int instructionLength, int information, int interruption, int errorCode, int rf) {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        int length = instructionLength;
        // 27.2 Recording exit information
        v.set32(VmcsField.EXIT_REASON, reason);
        v.set(VmcsField.EXIT_QUALIFICATION, qualification);
        v.set32(VmcsField.EXIT_INTERRUPTION_INFO, interruption);
        v.set32(VmcsField.EXIT_INTERRUPTION_ERROR_CODE, errorCode);
        PendingEvent event = c.delivering;
        v.set32(VmcsField.IDT_VECTORING_INFO, VmcsFormat.information(event));
        if (event.present()) {
            v.set32(VmcsField.IDT_VECTORING_ERROR_CODE, event.errorCode());
            if (event.kind().byInstruction()) {
                length = event.length();
            }
            event.clear();
        }
        v.set32(VmcsField.EXIT_INSTRUCTION_LENGTH, length);
        v.set32(VmcsField.EXIT_INSTRUCTION_INFO, information);
        boolean byNmi = (interruption & INFO_VALID) != 0 && (interruption >>> 8 & 7) == TYPE_NMI;
        boolean nmiBlocked = byNmi || (unit.pin & PIN_VIRTUAL_NMI) == 0 && (c.nmiBlocked || unit.events.nmiHeld());
        saveGuest(rf);
        unit.events.left();
        unit.contexts.leaveContext();
        // the stored time-stamp counter is the processor's own, without the guest's offset
        c.guest = null;
        int stored = MsrArea.store(c, unit.msrs, v.get(VmcsField.EXIT_MSR_STORE_ADDRESS), v.get32(VmcsField.EXIT_MSR_STORE_COUNT));
        loadHost();
        c.nmiBlocked = nmiBlocked;
        if (stored != 0) {
            abort(ABORT_STORE);
        } else {
            loadHostMsrs();
        }
    }

    /** 27.3 Saving guest state. */
    private void saveGuest(int rf) {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        int exit = v.get32(VmcsField.EXIT_CONTROLS);
        v.set(VmcsField.GUEST_CR0, c.cr0);
        v.set(VmcsField.GUEST_CR3, c.cr3);
        v.set(VmcsField.GUEST_CR4, c.cr4);
        v.set(VmcsField.GUEST_SYSENTER_CS, c.sysenterCs & 0xFFFFFFFFL);
        v.set(VmcsField.GUEST_SYSENTER_ESP, c.sysenterEsp);
        v.set(VmcsField.GUEST_SYSENTER_EIP, c.sysenterEip);
        if ((exit & EXIT_SAVE_DEBUG) != 0) {
            v.set(VmcsField.GUEST_DR7, c.dr[7]);
            v.set(VmcsField.GUEST_DEBUGCTL, c.debugCtl);
        }
        if ((exit & EXIT_SAVE_PAT) != 0) {
            v.set(VmcsField.GUEST_PAT, c.pat);
        }
        // 27.3.1: saved by every processor that can load it at VM entry
        if (unit.capabilities.hasCet()) {
            CetState.save(c, v);
        }
        if (c.model.has(Feature.PKS)) {
            v.set(VmcsField.GUEST_PKRS, c.pkrs() & 0xFFFFFFFFL);
        }
        if ((exit & EXIT_SAVE_EFER) != 0) {
            v.set(VmcsField.GUEST_EFER, c.efer);
        }
        int entry = v.get32(VmcsField.ENTRY_CONTROLS) & ~ENTRY_GUEST_64;
        v.set32(VmcsField.ENTRY_CONTROLS, entry | (c.longMode() ? ENTRY_GUEST_64 : 0));
        saveSegments(c, v);
        v.set(VmcsField.GUEST_RSP, c.gpr(Cpu.RSP));
        v.set(VmcsField.GUEST_RIP, c.rip);
        long flags = c.rflags();
        if (rf == RF_SET) {
            flags |= Rflags.RF;
        } else if (rf == RF_CLEAR) {
            flags &= ~(long) Rflags.RF;
        }
        v.set(VmcsField.GUEST_RFLAGS, flags);
        saveNonRegister(c, v, exit);
        v.paging = unit.contexts.pagingModifiers();
    }

    private static void saveSegments(Cpu c, Vmcs v) {
        for (int i = Cpu.ES; i <= Cpu.GS; i++) {
            // SS.DPL is the privilege level, even where SS is unusable
            v.saveSegment(c.seg[i], i, i == Cpu.SS ? c.seg[i].access & ~0x60 | c.cpl << 5 : c.seg[i].access);
        }
        v.saveSegment(c.ldtr, 6, c.ldtr.access);
        v.saveSegment(c.tr, 7, c.tr.access);
        v.set(VmcsField.GUEST_GDTR_BASE, c.gdtrBase);
        v.set32(VmcsField.GUEST_GDTR_LIMIT, c.gdtrLimit & 0xFFFF);
        v.set(VmcsField.GUEST_IDTR_BASE, c.idtrBase);
        v.set32(VmcsField.GUEST_IDTR_LIMIT, c.idtrLimit & 0xFFFF);
    }

    /** 27.3.4 Saving non-register state. */
    private void saveNonRegister(Cpu c, Vmcs v, int exit) {
        boolean nmi = c.nmiBlocked || unit.events.nmiHeld();
        int blocking = VmcsFormat.blocking(c.shadow());
        v.set32(VmcsField.GUEST_INTERRUPTIBILITY, blocking | (nmi ? BLOCKING_NMI : 0));
        v.set32(VmcsField.GUEST_ACTIVITY, VmcsFormat.activityState(c.activity));
        int pending = VmcsFormat.pendingDebug(c.pendingDebug);
        if (blocking != 0 || c.activity == Cpu.HALTED) {
            boolean step = (c.rflagsOther() & Rflags.TF) != 0 && (c.debugCtl & BTF) == 0;
            pending = pending & ~PENDING_SINGLE_STEP | (step ? PENDING_SINGLE_STEP : 0);
        }
        v.set(VmcsField.GUEST_PENDING_DEBUG, pending);
        if ((unit.secondary & EPT) != 0 && !c.longMode() && c.cr0(Control.CR0_PG) && c.cr4(Control.CR4_PAE)) {
            for (int i = 0; i < 4; i++) {
                v.set(VmcsField.GUEST_PDPTE0 + 2 * i, c.pdpte[i]);
            }
        }
        if ((exit & EXIT_SAVE_TIMER) != 0) {
            v.set32(VmcsField.PREEMPTION_TIMER, unit.events.timerValue());
        }
        v.set32(VmcsField.ENTRY_INTERRUPTION_INFO, v.get32(VmcsField.ENTRY_INTERRUPTION_INFO) & ~INFO_VALID);
    }

    /** 27.5 Loading host state. */
    private void loadHost() {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        int exit = v.get32(VmcsField.EXIT_CONTROLS);
        boolean host64 = (exit & EXIT_HOST_64) != 0;
        boolean flushed = (unit.secondaryControls() & ENABLE_VPID) == 0;
        c.guest = null;
        c.nested = null;
        c.cr0 = c.cr0 & VmEntry.CR0_KEPT | v.get(VmcsField.HOST_CR0) & ~VmEntry.CR0_KEPT;
        c.cr3 = v.get(VmcsField.HOST_CR3);
        long cr4 = v.get(VmcsField.HOST_CR4);
        c.cr4 = host64 ? cr4 | Control.CR4_PAE : cr4 & ~Control.CR4_PCIDE;
        c.dr[7] = 0x400;
        c.debugCtl = 0;
        c.sysenterCs = v.get(VmcsField.HOST_SYSENTER_CS);
        c.sysenterEsp = v.get(VmcsField.HOST_SYSENTER_ESP);
        c.sysenterEip = v.get(VmcsField.HOST_SYSENTER_EIP);
        if ((exit & EXIT_LOAD_EFER) != 0) {
            c.efer = v.get(VmcsField.HOST_EFER);
        } else {
            long modes = Control.EFER_LMA | Control.EFER_LME;
            c.efer = c.efer & ~modes | (host64 ? modes : 0);
        }
        if ((exit & EXIT_LOAD_PAT) != 0) {
            c.pat = v.get(VmcsField.HOST_PAT);
        }
        if ((exit & EXIT_LOAD_CET) != 0) {
            CetState.load(c, v, VmcsField.HOST_S_CET, VmcsField.HOST_SSP, VmcsField.HOST_INTERRUPT_SSP_TABLE);
        }
        if ((exit & EXIT_LOAD_PERF_GLOBAL) != 0) {
            c.counters.loadGlobalControl(v.get(VmcsField.HOST_PERF_GLOBAL_CTRL));
        }
        if ((exit & EXIT_LOAD_PKRS) != 0) {
            ProtectionKeys.pkrs(c, v.get32(VmcsField.HOST_PKRS));
        }
        loadHostSegments(c, v, host64);
        c.cpl = 0;
        c.gpr(Cpu.RSP, v.get(VmcsField.HOST_RSP));
        c.rip = v.get(VmcsField.HOST_RIP);
        Flags.load(c, 0);
        c.rflagsOther(Rflags.FIXED);
        c.activity = Cpu.ACTIVE;
        // 27.5.6
        c.monitor.disarm();
        c.shadow = 0;
        c.shadowBefore = 0;
        c.pendingDebug = 0;
        c.stepping = false;
        c.events &= ~(Cpu.EVENT_GUEST | Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW);
        if (flushed) {
            unit.contexts.flushVpid(0);
        } else if (unit.contexts.pagingModifiers() != unit.hostPaging) {
            unit.contexts.flushGuest(0, 0);
        }
        unit.hostPaging = unit.contexts.pagingModifiers();
        unit.contexts.selectContext(0, 0);
    }

    /** 27.5.2 Segment and descriptor-table registers. */
    private static void loadHostSegments(Cpu c, Vmcs v, boolean host64) {
        c.seg[Cpu.CS].set(v.get32(VmcsField.HOST_CS_SELECTOR), 0, -1, host64 ? Segment.CODE_64 : Segment.CODE_32);
        loadHostData(c.seg[Cpu.ES], v.get32(VmcsField.HOST_ES_SELECTOR), 0);
        loadHostData(c.seg[Cpu.SS], v.get32(VmcsField.HOST_SS_SELECTOR), 0);
        loadHostData(c.seg[Cpu.DS], v.get32(VmcsField.HOST_DS_SELECTOR), 0);
        loadHostData(c.seg[Cpu.FS], v.get32(VmcsField.HOST_FS_SELECTOR), v.get(VmcsField.HOST_FS_BASE));
        loadHostData(c.seg[Cpu.GS], v.get32(VmcsField.HOST_GS_SELECTOR), v.get(VmcsField.HOST_GS_BASE));
        c.ldtr.set(0, 0, 0, Segment.UNUSABLE);
        c.tr.set(v.get32(VmcsField.HOST_TR_SELECTOR), v.get(VmcsField.HOST_TR_BASE), 0x67, Segment.BUSY_TSS);
        c.gdtrBase = v.get(VmcsField.HOST_GDTR_BASE);
        c.gdtrLimit = 0xFFFF;
        c.idtrBase = v.get(VmcsField.HOST_IDTR_BASE);
        c.idtrLimit = 0xFFFF;
    }

    private static void loadHostData(Segment s, int selector, long base) {
        s.set(selector, base, -1, selector == 0 ? Segment.UNUSABLE : Segment.DATA_32);
    }

    /** 27.5.4 and 27.6: PDPTEs of a PAE host, and the MSR-load area. */
    private void loadHostMsrs() {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        if (!c.longMode() && c.cr0(Control.CR0_PG) && c.cr4(Control.CR4_PAE) && !PageWalker.loadPdptes(c, c.cr3)) {
            abort(ABORT_PDPTE);
            return;
        }
        if (MsrArea.load(c, unit.msrs, v.get(VmcsField.EXIT_MSR_LOAD_ADDRESS), v.get32(VmcsField.EXIT_MSR_LOAD_COUNT)) != 0) {
            abort(ABORT_LOAD);
            return;
        }
        unit.exitDone();
    }

    /** 27.7: the processor goes to shutdown. */
    private void abort(int indicator) {
        unit.vmcs.abort(unit.c, indicator);
        unit.c.activity = Cpu.SHUTDOWN;
    }
}
