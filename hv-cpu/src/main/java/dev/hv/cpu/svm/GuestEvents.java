package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/**
 * Exceptions and events in guest operation: exception intercepts (APM vol. 2, 15.12), physical interrupts (15.13), virtual interrupts, the
 * virtual global interrupt flag and virtual NMIs (15.21, 15.33.2).
 */
final class GuestEvents {

    /** #SX, which INIT becomes where VM_CR says so (15.28). */
    private static final int SECURITY = 30;
    private static final int SECURITY_INIT = 1;

    private final SvmUnit unit;
    private final GuestControls g;

    GuestEvents(SvmUnit unit) {
        this.unit = unit;
        g = unit.controls;
    }

    /** Raises the event that has the interrupt boundary look at virtual interrupts, while there is one. */
    void arm() {
        boolean watch = (g.avic ? unit.avic.wantsAttention() : g.has(V_IRQ)) || g.has(V_NMI_ENABLE) && g.has(V_NMI);
        unit.c.events = unit.c.events & ~Cpu.EVENT_GUEST | (watch ? Cpu.EVENT_GUEST : 0);
    }

    // ---- exceptions ---------------------------------------------------------------------------------------------------

    /** An exception the processor found. */
    boolean exception(GuestFault fault) {
        int vector = fault.vector;
        if (!g.intercepts(SvmExitCode.EXCEPTION + vector)) {
            return false;
        }
        Cpu c = unit.c;
        if (vector == Vector.DF) {
            c.delivering.clear();
        }
        int code = SvmExitCode.EXCEPTION + vector;
        if (vector == Vector.DB) {
            // 15.12.2: DR6 and DR7 are those that the handler would see
            ExceptionDelivery.noteDebug(c, fault.errorCode);
            c.pendingDebug = 0;
            unit.exits().exception(code, 0, 0, 0, false);
        } else if (vector == Vector.PF) {
            unit.exits().exception(code, fault.errorCode & 0xFFFFFFFFL, c.longMode() ? c.pageFaultAddress : c.pageFaultAddress & 0xFFFFFFFFL, 0, true);
        } else {
            boolean withCode = Vector.hasErrorCode(vector) && (c.cr0 & Control.CR0_PE) != 0;
            unit.exits().exception(code, withCode ? fault.errorCode & 0xFFFFFFFFL : 0, 0, 0, false);
        }
        return true;
    }

    /** INT1, INT3 or INTO. */
    boolean softwareException(int vector, EventKind kind, int length) {
        Cpu c = unit.c;
        boolean icebp = kind == EventKind.PRIVILEGED_SOFTWARE_EXCEPTION && g.intercepts(SvmExitCode.ICEBP);
        if (!icebp && !g.intercepts(SvmExitCode.EXCEPTION + vector)) {
            return false;
        }
        long next = c.mode64() ? c.rip + length : c.rip + length & 0xFFFFFFFFL;
        unit.exits().exception(icebp ? SvmExitCode.ICEBP : SvmExitCode.EXCEPTION + vector, 0, 0, next, false);
        return true;
    }

    // ---- events -------------------------------------------------------------------------------------------------------

    /** What follows an instruction that wrote to a virtualised APIC; INIT. Start-up IPIs mean nothing to a processor that does not wait for one. */
    boolean beforeDebugTraps() {
        Cpu c = unit.c;
        if (g.avic && unit.avic.complete()) {
            return true;
        }
        if (c.eventsHeld) {
            return false;
        }
        c.events &= ~Cpu.EVENT_SIPI;
        if ((c.events & Cpu.EVENT_INIT) != 0) {
            if (g.intercepts(SvmExitCode.INIT)) {
                // it stays pending, and waits for the host to set the flag again (15.13.3)
                unit.exits().event(SvmExitCode.INIT, 0, 0);
                return true;
            }
            if (unit.redirectsInit()) {
                c.events &= ~Cpu.EVENT_INIT;
                c.activity = Cpu.ACTIVE;
                ExceptionDelivery.raise(c, c.fault(SECURITY, SECURITY_INIT));
                return true;
            }
            unit.abandonGuest();
        }
        return false;
    }

    /** NMI, external interrupt, then what is virtual. */
    boolean afterDebugTraps() {
        Cpu c = unit.c;
        if (c.shadow() != 0 || c.activity == Cpu.SHUTDOWN) {
            return false;
        }
        if (!c.eventsHeld) {
            if ((c.events & Cpu.EVENT_NMI) != 0 && unit.intercepts.nmisEnabled(c)) {
                if (!g.intercepts(SvmExitCode.NMI)) {
                    return false;
                }
                unit.exits().event(SvmExitCode.NMI, 0, 0);
                return true;
            }
            if ((c.events & Cpu.EVENT_INTERRUPT) != 0 && unit.intercepts.interruptsEnabled(c)) {
                if (c.apic == null || c.apic.pending() < 0 && !c.apic.externalPending()) {
                    c.events &= ~Cpu.EVENT_INTERRUPT;
                } else if (g.intercepts(SvmExitCode.INTR)) {
                    // not acknowledged: the host takes it through its own IDT when it sets the flag
                    unit.exits().event(SvmExitCode.INTR, 0, 0);
                    return true;
                } else {
                    return false;
                }
            }
        }
        return virtualEvents(c);
    }

    private boolean virtualEvents(Cpu c) {
        if (g.has(V_GIF_ENABLE) ? !g.has(V_GIF) : c.eventsHeld) {
            return false;
        }
        if (g.has(V_NMI_ENABLE) && g.has(V_NMI) && !c.nmiBlocked) {
            g.virtualInterrupt &= ~(long) V_NMI;
            arm();
            c.activity = Cpu.ACTIVE;
            ExceptionDelivery.event(c, Vector.NMI, EventKind.NMI, false, 0, c.rip, 0);
            return true;
        }
        if (g.avic) {
            // what VIRTUAL_INTERRUPT says of an interrupt counts for nothing
            return unit.avic.deliver(c);
        }
        if (!g.has(V_IRQ) || (c.rflagsOther() & Rflags.IF) == 0 || !g.has(V_IGNORE_TPR) && priority() <= (g.virtualInterrupt & 0xF)) {
            return false;
        }
        if (g.intercepts(SvmExitCode.VINTR)) {
            unit.exits().event(SvmExitCode.VINTR, 0, 0);
            return true;
        }
        g.virtualInterrupt &= ~(long) V_IRQ;
        arm();
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.event(c, (int) (g.virtualInterrupt >>> V_VECTOR_SHIFT) & 0xFF, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        return true;
    }

    private int priority() {
        return (int) g.virtualInterrupt >>> V_PRIORITY_SHIFT & 0xF;
    }
}
