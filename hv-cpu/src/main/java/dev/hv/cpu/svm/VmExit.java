package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.VmExitSignal;

/** #VMEXIT (APM vol. 2, 15.6): exit information, guest state saved, host state loaded. */
final class VmExit {

    private static final int[] SEGMENTS = {VmcbField.ES, VmcbField.CS, VmcbField.SS, VmcbField.DS};
    private static final int LONGEST = 15;

    private final SvmUnit unit;
    private final byte[] bytes = new byte[LONGEST];
    private int fetched;

    VmExit(SvmUnit unit) {
        this.unit = unit;
    }

    /** An instruction's exit, before it did anything. */
    void instruction(int code, long info1, long info2, long nextRip) {
        unit.c.delivering.clear();
        fetched = 0;
        leave(code, info1, info2, nextRip);
    }

    /** An exit between instructions. */
    void event(int code, long info1, long info2) {
        fetched = 0;
        leave(code, info1, info2, 0);
    }

    /** An exception. Of an instruction's own (INT3, INTO, INT1) the next RIP is known. */
    void exception(int code, long info1, long info2, long nextRip, boolean pageFault) {
        fetched = 0;
        if (pageFault && (info1 & FAULT_FETCH) == 0) {
            fetchInstruction();
        }
        leave(code, info1, info2, nextRip);
    }

    /** 15.14.1. */
    void taskSwitch(int selector, TaskSwitchSource source) {
        fetched = 0;
        long info2 = switch (source) {
            case IRET -> TASK_IRET;
            case JMP -> TASK_JUMP;
            default -> 0;
        };
        if ((unit.c.rflagsOther() & Rflags.RF) != 0) {
            info2 |= TASK_RESUME_FLAG;
        }
        if (unit.c.delivering.present() && unit.c.delivering.withErrorCode()) {
            info2 |= TASK_ERROR_CODE | unit.c.delivering.errorCode() & 0xFFFFFFFFL;
        }
        leave(SvmExitCode.TASK_SWITCH, selector, info2, 0);
    }

    /** A nested page fault in the middle of an instruction or of event delivery, or a task gate met by event delivery. */
    void memory(VmExitSignal s) {
        if (s.kind == VmExitSignal.Kind.TASK_GATE) {
            taskSwitch(s.selector, TaskSwitchSource.GATE);
            return;
        }
        if (s.kind == VmExitSignal.Kind.UNREACHED) {
            throw s;
        }
        if (s.kind == VmExitSignal.Kind.APIC_ACCESS) {
            fetched = 0;
            leave(SvmExitCode.AVIC_NO_ACCELERATION, AvicRegisters.information((int) s.guestPhysical, (s.access & 3) == Mem.WRITE), 0, 0);
            return;
        }
        long error = unit.npt.error(s);
        long address = s.guestPhysical;
        boolean fetch = (s.access & 3) == Mem.FETCH && (s.access & NestedPaging.WALK) == 0;
        fetched = 0;
        if (!fetch && !unit.c.delivering.present()) {
            fetchInstruction();
        }
        leave(SvmExitCode.NESTED_PAGE_FAULT, error, address, 0);
    }

    /** Decode assists (15.10): the bytes at RIP, as many as can be fetched without a fault. */
    private void fetchInstruction() {
        Cpu c = unit.c;
        if (!c.model.has(Feature.DECODEASSISTS)) {
            return;
        }
        long page = -1;
        long physical = 0;
        for (int i = 0; i < LONGEST; i++) {
            long a = c.mode64() ? c.rip + i : c.seg[Cpu.CS].base + c.rip + i & 0xFFFFFFFFL;
            if ((a & ~0xFFFL) != page) {
                try {
                    physical = MemSlow.translateFetch(c, a) & ~0xFFFL;
                } catch (GuestFault | VmExitSignal e) {
                    return;
                }
                page = a & ~0xFFFL;
                if (c.bus.pageAddress(physical) == 0) {
                    return;
                }
            }
            bytes[i] = (byte) PhysicalAccess.read8(c, physical | a & 0xFFF);
            fetched = i + 1;
        }
    }

    /** VMRUN found a VMCB that it does not take: nothing of the guest is saved. */
    void refuse() {
        Vmcb v = unit.vmcb;
        v.settle();
        v.set(VmcbField.EXIT_CODE, SvmExitCode.INVALID);
        v.set(VmcbField.EXIT_INFO1, 0);
        v.set(VmcbField.EXIT_INFO2, 0);
        v.set(VmcbField.EXIT_INT_INFO, 0);
        v.set(VmcbField.NEXT_RIP, 0);
        unit.c.nmiBlocked = unit.host.nmiBlocked();
        loadHost(false);
    }

    private void leave(long code, long info1, long info2, long nextRip) {
        Cpu c = unit.c;
        Vmcb v = unit.vmcb;
        GuestControls g = unit.controls;
        v.settle();
        v.set(VmcbField.EXIT_CODE, code);
        v.set(VmcbField.EXIT_INFO1, info1);
        v.set(VmcbField.EXIT_INFO2, info2);
        v.set(VmcbField.EXIT_INT_INFO, VmcbFormat.information(c.delivering));
        boolean byInstruction = c.delivering.present() && c.delivering.kind().byInstruction();
        long next = byInstruction ? c.rip + c.delivering.length() : nextRip;
        v.set(VmcbField.NEXT_RIP, c.model.has(Feature.NRIP_SAVE) ? next : 0);
        c.delivering.clear();
        v.set8(VmcbField.INSTRUCTION_LENGTH, fetched);
        for (int i = 0; i < LONGEST; i++) {
            v.set8(VmcbField.INSTRUCTION_BYTES + i, i < fetched ? bytes[i] : 0);
        }
        saveGuest(c, v, g);
        boolean nmiBlocked = c.nmiBlocked;
        unit.contexts.leave();
        loadHost(g.virtualBranches);
        // a guest whose NMIs exit can neither take one nor unblock them
        c.nmiBlocked = g.intercepts(SvmExitCode.NMI) ? unit.host.nmiBlocked() : nmiBlocked;
        Modes.updateEvents(c);
    }

    private void saveGuest(Cpu c, Vmcb v, GuestControls g) {
        for (int i = 0; i < SEGMENTS.length; i++) {
            v.setSegment(SEGMENTS[i], c.seg[i]);
        }
        v.set(VmcbField.GDTR + VmcbField.BASE, c.gdtrBase);
        v.set32(VmcbField.GDTR + VmcbField.LIMIT, c.gdtrLimit);
        v.set(VmcbField.IDTR + VmcbField.BASE, c.idtrBase);
        v.set32(VmcbField.IDTR + VmcbField.LIMIT, c.idtrLimit);
        v.set8(VmcbField.CPL, c.cpl);
        v.set(VmcbField.EFER, c.efer);
        v.set(VmcbField.CR4, c.cr4);
        v.set(VmcbField.CR3, c.cr3);
        v.set(VmcbField.CR0, c.cr0);
        v.set(VmcbField.DR7, c.dr[7]);
        v.set(VmcbField.DR6, c.dr[6]);
        v.set(VmcbField.RFLAGS, c.rflags());
        v.set(VmcbField.RIP, c.rip);
        v.set(VmcbField.RSP, c.gpr(Cpu.RSP));
        v.set(VmcbField.RAX, c.gpr(Cpu.RAX));
        if (c.model.has(Feature.SHSTK)) {
            v.set(VmcbField.S_CET, c.supervisorCet);
            v.set(VmcbField.SSP, c.ssp);
            v.set(VmcbField.INTERRUPT_SSP_TABLE, c.interruptSspTable);
        }
        v.set(VmcbField.CR2, c.cr2());
        if (g.virtualBranches) {
            StateTransfer.saveBranches(c, v);
        }
        if (g.nested) {
            v.set(VmcbField.G_PAT, c.pat);
        }
        if (g.has(V_NMI_ENABLE)) {
            g.virtualInterrupt = g.virtualInterrupt & ~(long) V_NMI_MASK | (c.nmiBlocked ? V_NMI_MASK : 0);
        }
        if (g.avic) {
            g.virtualInterrupt = g.virtualInterrupt & ~(long) V_TPR | unit.avic.taskPriority();
        }
        v.set(VmcbField.VIRTUAL_INTERRUPT, g.virtualInterrupt);
        v.set(VmcbField.INTERRUPT_SHADOW, c.shadow() != 0 ? 1 : 0);
        v.set(VmcbField.EVENT_INJECTION, v.get(VmcbField.EVENT_INJECTION) & ~(1L << 31));
    }

    /** @param branches last-branch records are the guest's own */
    private void loadHost(boolean branches) {
        Cpu c = unit.c;
        c.guest = null;
        c.activity = Cpu.ACTIVE;
        c.monitor.disarm();
        c.shadow = 0;
        c.shadowBefore = 0;
        c.stepping = false;
        c.resuming = false;
        c.eventsHeld = true;
        c.events &= ~(Cpu.EVENT_GUEST | Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW);
        unit.host.load(unit.controls.nested);
        if (branches) {
            unit.host.loadBranches();
        }
        // VMRUN is over now: a host that steps has stepped over it, and no branch
        c.pendingDebug = (c.rflagsOther() & Rflags.TF) != 0 && (c.debugCtl & BranchRecords.BTF) == 0 ? Events.SINGLE_STEP : 0;
        unit.contexts.selectHost();
        unit.exitDone();
    }
}
