package dev.hv.cpu.events;

import dev.hv.cpu.decode.ControlTransfers;
import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;

/**
 * What happens between instructions, in the order of SDM vol. 3A, table 7-2. The engine calls {@link #take} when
 * {@code events & eventMask} is not 0, and while {@link Cpu#EVENT_DEBUG} or {@link Cpu#EVENT_SHADOW} stays raised it runs one
 * instruction at a time between {@link #beforeStep} and {@link #afterStep}.
 */
public final class Events {

    /** Pending-debug bit: a breakpoint that met was enabled, so the conditions cause #DB. */
    public static final int BREAKPOINT_MET = 1 << 12;
    /** Single step, as in DR6. */
    public static final int SINGLE_STEP = 1 << 14;
    /** Task switch with the T flag, as in DR6. */
    public static final int TASK_SWITCH = 1 << 15;

    private Events() {}

    /**
     * Takes the event of highest priority, if one can be taken now.
     *
     * @return true when state changed: an event was delivered, a VM exit made, the processor reset. Otherwise the processor goes
     *     on where it was, or stays in its activity state.
     */
    public static boolean take(Cpu c) {
        if ((c.events & Cpu.EVENT_MACHINE_CHECK) != 0 && !c.eventsHeld) {
            MachineChecks.take(c);
            return true;
        }
        if (c.guest != null && c.virtualization.interceptPriorityEvents(c)) {
            return true;
        }
        if ((c.events & (Cpu.EVENT_INIT | Cpu.EVENT_SIPI)) != 0 && c.guest == null && !c.eventsHeld && initOrSipi(c)) {
            return true;
        }
        if (c.activity == Cpu.WAIT_FOR_SIPI) {
            return false;
        }
        if (c.activity == Cpu.WAITING) {
            c.monitor.check();
        }
        if (c.shadow() == 0) {
            c.shadow = 0;
        }
        boolean blocked = (c.shadow & Cpu.SHADOW_SS) != 0;
        if (!blocked && c.activity != Cpu.SHUTDOWN) {
            int pending = c.pendingDebug;
            if (pending != 0) {
                c.pendingDebug = 0;
                if (c.eventsHeld) {
                    pending &= ~(BREAKPOINT_MET | 0xF);
                }
                if ((pending & (BREAKPOINT_MET | SINGLE_STEP | TASK_SWITCH)) != 0) {
                    c.activity = Cpu.ACTIVE;
                    ExceptionDelivery.debug(c, pending & ~BREAKPOINT_MET);
                    return true;
                }
            }
        }
        if (c.guest != null && c.virtualization.interceptEvents(c)) {
            return true;
        }
        if (c.eventsHeld) {
            settle(c);
            return false;
        }
        // STI blocks an NMI too: the instruction behind it is the one that a handler must not return to before (SDM vol. 2B, "STI")
        if ((c.events & Cpu.EVENT_NMI) != 0 && (c.guest == null ? !c.nmiBlocked : c.guest.nmisEnabled(c)) && c.shadow == 0) {
            c.events &= ~Cpu.EVENT_NMI;
            c.activity = Cpu.ACTIVE;
            ExceptionDelivery.event(c, Vector.NMI, EventKind.NMI, false, 0, c.rip, 0);
            return true;
        }
        if ((c.events & Cpu.EVENT_INTERRUPT) != 0 && c.shadow == 0 && c.activity != Cpu.SHUTDOWN
                && (c.guest == null ? (c.rflagsOther() & Rflags.IF) != 0 : c.guest.interruptsEnabled(c))) {
            return interrupt(c);
        }
        settle(c);
        return false;
    }

    private static boolean interrupt(Cpu c) {
        if (c.apic == null || c.apic.pending() < 0 && !c.apic.externalPending()) {
            c.events &= ~Cpu.EVENT_INTERRUPT;
            settle(c);
            return false;
        }
        int vector = c.apic.acknowledge();
        if (c.apic.pending() < 0 && !c.apic.externalPending()) {
            c.events &= ~Cpu.EVENT_INTERRUPT;
        }
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.event(c, vector, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        return true;
    }

    private static boolean initOrSipi(Cpu c) {
        if ((c.events & Cpu.EVENT_INIT) != 0 && (c.virtualization == null || !c.virtualization.blocksInit(c))) {
            c.events &= ~Cpu.EVENT_INIT;
            // a start-up IPI that came after the INIT counts, even if this processor did not get to run between them
            int kept = c.events & (Cpu.EVENT_RETURN | Cpu.EVENT_SIPI);
            Reset.init(c);
            c.events |= kept;
            if (c.apic != null) {
                c.apic.initReset();
            }
            c.activity = c.apic != null && (c.apic.apicBase() & 1 << 8) == 0 ? Cpu.WAIT_FOR_SIPI : Cpu.ACTIVE;
            return true;
        }
        if ((c.events & Cpu.EVENT_SIPI) != 0) {
            c.events &= ~Cpu.EVENT_SIPI;
            if (c.activity == Cpu.WAIT_FOR_SIPI) {
                c.activity = Cpu.ACTIVE;
                c.seg[Cpu.CS].selector = c.sipiVector << 8;
                c.seg[Cpu.CS].base = (long) c.sipiVector << 12;
                c.rip = 0;
                c.tlb.forgetFetches();
                Modes.update(c);
                return true;
            }
        }
        return false;
    }

    /**
     * Prepares for one instruction that runs alone.
     *
     * @return true when an instruction breakpoint was delivered instead (or made a VM exit)
     */
    public static boolean beforeStep(Cpu c) {
        // behind MOV SS and POP SS Intel's processors meet none on the instruction itself, those of AMD do
        boolean blocked = c.model.intel() && (c.shadow() & Cpu.SHADOW_SS) != 0;
        if ((c.rflagsOther() & Rflags.RF) == 0 && !blocked && Breakpoints.armed(c)) {
            long linear = c.mode64() ? c.rip : c.seg[Cpu.CS].base + c.rip & 0xFFFFFFFFL;
            int hit = Breakpoints.instruction(c, linear);
            if (hit != 0) {
                ExceptionDelivery.debug(c, hit);
                return true;
            }
        }
        if ((c.mode & Modes.CET) != 0 && BranchTracking.waits(c) && !BranchTracking.check(c)) {
            ExceptionDelivery.raise(c, ShadowStack.violation(c, ShadowStack.ENDBRANCH));
            return true;
        }
        begin(c);
        return false;
    }

    /** Notes what {@link #afterStep} wants to know of the time before the instruction. */
    public static void begin(Cpu c) {
        c.resuming = (c.rflagsOther() & Rflags.RF) != 0;
        c.stepping = (c.rflagsOther() & Rflags.TF) != 0;
        c.shadowBefore = c.shadow();
    }

    /**
     * Concludes an instruction that ran alone without raising a fault.
     *
     * @param outcome what it returned, one of {@link Outcome}
     * @param from its address, as RIP has it
     * @param row its row of the instruction table; -1 for none
     */
    public static void afterStep(Cpu c, int outcome, long from, int row) {
        boolean watched = (c.debugCtl & (BranchRecords.LBR | BranchRecords.BTF)) != 0;
        boolean branch = watched && outcome == Outcome.BRANCH && ControlTransfers.is(row);
        if (branch && (c.debugCtl & BranchRecords.LBR) != 0) {
            c.branches.branch(from, c.rip);
        }
        if (c.counters.stepping() && (outcome == Outcome.NEXT || outcome == Outcome.BRANCH) && ControlTransfers.is(row)) {
            c.counters.branch(from, ControlTransfers.conditional(row), outcome == Outcome.BRANCH);
        }
        boolean traps = c.stepping && (branch || (c.debugCtl & BranchRecords.BTF) == 0);
        if (outcome == Outcome.YIELD) {
            // between two iterations of a string instruction: a trap for the iteration, blocking goes on, and who comes now
            // returns with RF set (SDM vol. 3B, 18.3.1.1)
            if (traps) {
                c.pendingDebug |= SINGLE_STEP;
            }
            c.rflagsOther(c.rflagsOther() | Rflags.RF);
        } else if (outcome != Outcome.EXIT) {
            // an instruction that starts blocking anew starts another kind (Cpu.block)
            if (c.shadow == c.shadowBefore) {
                c.shadow = 0;
            }
            if (traps && (c.shadow & Cpu.SHADOW_SS) == 0) {
                c.pendingDebug |= SINGLE_STEP;
            }
        }
        if (c.resuming && outcome != Outcome.YIELD && outcome != Outcome.EXIT) {
            c.rflagsOther(c.rflagsOther() & ~(long) Rflags.RF);
        }
        c.resuming = false;
        c.stepping = false;
        c.shadowBefore = 0;
        settle(c);
    }

    /** Lowers the events that no longer have a reason, and raises those that have one. */
    private static void settle(Cpu c) {
        c.events &= ~(Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW);
        Modes.updateEvents(c);
    }
}
