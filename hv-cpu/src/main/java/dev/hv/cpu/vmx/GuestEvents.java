package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/**
 * Exceptions and events in VMX non-root operation: the exception bitmap, external interrupts and NMIs, windows, the preemption
 * timer, the monitor trap flag (SDM vol. 3C, 25.2, 25.5, 26.7, 29.1.2).
 */
final class GuestEvents {

    private static final int NMI_INFO = VmcsFormat.information(EventKind.NMI, Vector.NMI, false);
    /** Exit-qualification bits of #DB: B3 to B0, BD, BS. */
    private static final int DEBUG_CONDITIONS = 0x600F;

    private final VmxUnit unit;

    /** Time-stamp counter over 2^{@link VmxCapabilities#TIMER_SHIFT} at which the preemption timer reads 0. */
    private long timerEnd;
    /** Null when no clock is connected. */
    private TimerAlarm alarm;
    private boolean trapPending;
    private boolean trapArmed;
    /** The boundary after the VM entry has passed: the values that follow are those of that moment. */
    private boolean trapStarted;
    private long trapInstructions;
    private long trapRip;
    private long trapCount;
    private boolean nmiHeld;

    GuestEvents(VmxUnit unit) {
        this.unit = unit;
    }

    void connect(TimerAlarm clock) {
        alarm = clock;
    }

    /** A VM entry has loaded the guest: arms what its controls ask for (26.7). */
    void entered() {
        Cpu c = unit.c;
        Vmcs v = unit.vmcs;
        if (timerOn()) {
            timerEnd = ticks() + v.get(VmcsField.PREEMPTION_TIMER);
            setAlarm();
        }
        trapPending = false;
        trapArmed = (unit.primary & MONITOR_TRAP) != 0;
        trapStarted = false;
        // Without virtual NMIs, a guest whose NMIs exit cannot unblock them by IRET (25.3)
        nmiHeld = (unit.pin & (PIN_NMI | PIN_VIRTUAL_NMI)) == PIN_NMI && c.nmiBlocked;
        arm();
    }

    /** The entry injects an event: the monitor trap comes before the first instruction (25.5.2). */
    void injected() {
        int type = unit.vmcs.get32(VmcsField.ENTRY_INTERRUPTION_INFO) >>> 8 & 7;
        if (trapArmed || type == TYPE_OTHER) {
            trapArmed = false;
            trapPending = true;
            arm();
        }
    }

    /** NMIs stay blocked whatever the guest does. */
    boolean nmiHeld() {
        return nmiHeld;
    }

    /** Whether instructions must run one at a time, for the monitor trap. */
    boolean steps() {
        return trapArmed;
    }

    /** Has the engine look between instructions, as long as there is something to look for. */
    void arm() {
        boolean watch = (unit.primary & (INTERRUPT_WINDOW | NMI_WINDOW)) != 0 || timerOn() && (alarm == null || ticks() >= timerEnd)
                || trapArmed || trapPending || unit.apic.wantsAttention();
        unit.c.events = unit.c.events & ~Cpu.EVENT_GUEST | (watch ? Cpu.EVENT_GUEST : 0);
    }

    // ---- exceptions ---------------------------------------------------------------------------------------------------

    /** An exception the processor found. */
    boolean exception(GuestFault fault) {
        int vector = fault.vector;
        if (!selected(vector, fault.errorCode)) {
            return false;
        }
        Cpu c = unit.c;
        if (vector == Vector.DF) {
            // 27.2.4: a double fault that exits is not an exit during event delivery
            c.delivering.clear();
        }
        boolean withCode = Vector.hasErrorCode(vector) && (c.cr0 & Control.CR0_PE) != 0;
        long qualification = switch (vector) {
            case Vector.PF -> c.longMode() ? c.pageFaultAddress : c.pageFaultAddress & 0xFFFFFFFFL;
            case Vector.DB -> fault.errorCode & DEBUG_CONDITIONS;
            default -> 0;
        };
        int info = VmcsFormat.information(EventKind.EXCEPTION, vector, withCode);
        boolean resumes = vector != Vector.DB && vector != Vector.DF && vector != Vector.MC;
        if (vector == Vector.DB) {
            c.pendingDebug = 0;
        }
        unit.exits().exception(qualification, info, withCode ? fault.errorCode : 0, 0, resumes);
        return true;
    }

    /** INT1, INT3 or INTO. */
    boolean softwareException(int vector, EventKind kind, int length) {
        if (!selected(vector, 0)) {
            return false;
        }
        unit.exits().exception(0, VmcsFormat.information(kind, vector, false), 0, length, false);
        return true;
    }

    private boolean selected(int vector, int errorCode) {
        Vmcs v = unit.vmcs;
        boolean bit = (v.get32(VmcsField.EXCEPTION_BITMAP) >>> vector & 1) != 0;
        if (vector == Vector.PF) {
            boolean match = (errorCode & v.get32(VmcsField.PAGE_FAULT_MASK)) == v.get32(VmcsField.PAGE_FAULT_MATCH);
            return bit == match;
        }
        return bit;
    }

    // ---- events -------------------------------------------------------------------------------------------------------

    /** INIT, start-up IPIs, what follows a write to the virtual APIC, monitor trap. */
    boolean beforeDebugTraps() {
        Cpu c = unit.c;
        if ((c.events & Cpu.EVENT_INIT) != 0 && c.activity != Cpu.WAIT_FOR_SIPI) {
            c.events &= ~Cpu.EVENT_INIT;
            unit.exits().event(ExitReason.INIT, 0);
            return true;
        }
        if ((c.events & Cpu.EVENT_SIPI) != 0) {
            c.events &= ~Cpu.EVENT_SIPI;
            if (c.activity == Cpu.WAIT_FOR_SIPI) {
                unit.exits().event(ExitReason.SIPI, c.sipiVector & 0xFF);
                return true;
            }
        }
        if (c.activity == Cpu.WAIT_FOR_SIPI) {
            return false;
        }
        if (unit.apic.complete()) {
            return true;
        }
        if (trapPending || trapArmed && instructionDone(c)) {
            trapPending = false;
            trapArmed = false;
            unit.exits().event(ExitReason.MONITOR_TRAP, 0);
            return true;
        }
        return false;
    }

    /** Whether an instruction, or an iteration of a repeated one (which shows in RCX), ran since the VM entry. */
    private boolean instructionDone(Cpu c) {
        if (!trapStarted) {
            trapStarted = true;
            trapInstructions = c.instructions;
            trapRip = c.rip;
            trapCount = c.gpr(Cpu.RCX);
            return false;
        }
        return c.instructions != trapInstructions || c.rip != trapRip || c.gpr(Cpu.RCX) != trapCount;
    }

    /** Preemption timer, NMI window, NMI, interrupt window or virtual interrupt, external interrupt. */
    boolean afterDebugTraps() {
        Cpu c = unit.c;
        boolean running = c.activity == Cpu.ACTIVE || c.activity == Cpu.HALTED || c.activity == Cpu.WAITING;
        if (timerOn() && running && ticks() >= timerEnd) {
            unit.exits().event(ExitReason.PREEMPTION_TIMER, 0);
            return true;
        }
        boolean nmiPossible = c.shadow() == 0 && c.activity != Cpu.WAIT_FOR_SIPI;
        if ((unit.primary & NMI_WINDOW) != 0 && nmiPossible && !c.nmiBlocked) {
            unit.exits().event(ExitReason.NMI_WINDOW, 0);
            return true;
        }
        if ((c.events & Cpu.EVENT_NMI) != 0 && (unit.pin & PIN_NMI) != 0 && nmiPossible && nmisReach(c)) {
            c.events &= ~Cpu.EVENT_NMI;
            unit.exits().interrupt(ExitReason.EXCEPTION_OR_NMI, NMI_INFO);
            return true;
        }
        boolean window = c.shadow() == 0 && running;
        if ((unit.primary & INTERRUPT_WINDOW) != 0 && window && (c.rflagsOther() & Rflags.IF) != 0) {
            unit.exits().event(ExitReason.INTERRUPT_WINDOW, 0);
            return true;
        }
        if (window && unit.apic.deliverable(c)) {
            unit.apic.deliver(c);
            return true;
        }
        if ((c.events & Cpu.EVENT_INTERRUPT) != 0 && (unit.pin & PIN_EXTERNAL_INTERRUPT) != 0 && window) {
            return externalInterrupt(c);
        }
        return false;
    }

    /** With virtual NMIs, what is blocked are the virtual ones only. */
    private boolean nmisReach(Cpu c) {
        return (unit.pin & PIN_VIRTUAL_NMI) != 0 || !c.nmiBlocked && !nmiHeld;
    }

    private boolean externalInterrupt(Cpu c) {
        if (!requested(c)) {
            c.events &= ~Cpu.EVENT_INTERRUPT;
            return false;
        }
        int info = 0;
        if ((unit.vmcs.get32(VmcsField.EXIT_CONTROLS) & EXIT_ACK_INTERRUPT) != 0) {
            int vector = c.apic.acknowledge();
            if (!requested(c)) {
                c.events &= ~Cpu.EVENT_INTERRUPT;
            }
            if (unit.apic.takesNotification(c, vector)) {
                return true;
            }
            info = VmcsFormat.information(EventKind.EXTERNAL_INTERRUPT, vector, false);
        }
        unit.exits().interrupt(ExitReason.EXTERNAL_INTERRUPT, info);
        return true;
    }

    private static boolean requested(Cpu c) {
        return c.apic != null && (c.apic.pending() >= 0 || c.apic.externalPending());
    }

    // ---- preemption timer ---------------------------------------------------------------------------------------------

    private boolean timerOn() {
        return (unit.pin & PIN_PREEMPTION_TIMER) != 0;
    }

    private void setAlarm() {
        if (alarm != null) {
            alarm.set(timerEnd << VmxCapabilities.TIMER_SHIFT);
        }
    }

    /** The guest is being left. */
    void left() {
        if (alarm != null && timerOn()) {
            alarm.cancel();
        }
    }

    private long ticks() {
        return unit.c.time.tsc() >>> VmxCapabilities.TIMER_SHIFT;
    }

    /** What the preemption timer reads. */
    int timerValue() {
        return (int) Math.max(0, timerEnd - ticks());
    }

    void save(StateWriter out) {
        out.put("timer-end", timerEnd);
        out.put("trap-pending", trapPending);
        out.put("trap-armed", trapArmed);
        out.put("trap-started", trapStarted);
        out.put("trap-instructions", trapInstructions);
        out.put("trap-rip", trapRip);
        out.put("trap-count", trapCount);
        out.put("nmi-held", nmiHeld);
        if (alarm != null) {
            alarm.save(out);
        }
    }

    void restore(StateReader in) {
        timerEnd = in.take();
        trapPending = in.takeBoolean();
        trapArmed = in.takeBoolean();
        trapStarted = in.takeBoolean();
        trapInstructions = in.take();
        trapRip = in.take();
        trapCount = in.take();
        nmiHeld = in.takeBoolean();
        if (unit.inGuest()) {
            arm();
        }
        if (alarm != null) {
            alarm.restore(in);
        }
    }
}
