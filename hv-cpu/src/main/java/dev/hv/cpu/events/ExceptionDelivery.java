package dev.hv.cpu.events;

import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Exceptions on their way to a handler: offered to the hypervisor in guest operation, combined with the event under delivery
 * (double and triple faults, SDM vol. 3A, 7.15 "Interrupt 8"), delivered through the IDT.
 */
public final class ExceptionDelivery {

    /** Bits of DR6 that tell what a #DB is for. */
    public static final long DR6_CONDITIONS = 0xE00F;
    private static final long DR7_GD = 1 << 13;

    private ExceptionDelivery() {}

    /**
     * Delivers an exception; {@link Cpu#rip} is at the instruction that its handler returns to. A fault found while another
     * event was being delivered ({@link Cpu#delivering}) is combined with that event.
     *
     * @return {@link Outcome#BRANCH}: {@link Cpu#rip} is at the handler; {@link Outcome#EXIT}: a VM exit was made;
     *     {@link Outcome#HALT}: triple fault, the processor is in shutdown, or it waits with an x87 error
     */
    public static int raise(Cpu c, GuestFault fault) {
        c.stepping = false;
        c.shadowBefore = 0;
        if (fault.vector == Vector.MF && (c.cr0 & Control.CR0_NE) == 0) {
            if (c.guest != null && c.virtualization.interceptFreeze(c)) {
                return Outcome.EXIT;
            }
            // FERR# reports it; the processor stands before the instruction until an interrupt comes (SDM vol. 1, 8.7.2)
            c.activity = Cpu.HALTED;
            return Outcome.HALT;
        }
        try {
            GuestFault f = fault;
            while (true) {
                int vector = c.delivering.present() ? combine(c, f.vector) : f.vector;
                if (vector < 0) {
                    return shutdown(c);
                }
                if (vector != f.vector) {
                    if (f.vector == Vector.PF) {
                        c.cr2(c.pageFaultAddress);
                    }
                    f = c.fault(vector, 0);
                    c.delivering.clear();
                }
                int errorCode = f.errorCode;
                if (c.guest != null && c.virtualization.interceptException(c, f)) {
                    c.delivering.clear();
                    return Outcome.EXIT;
                }
                if (vector == Vector.PF) {
                    c.cr2(c.pageFaultAddress);
                } else if (vector == Vector.DB) {
                    noteDebug(c, errorCode);
                }
                if (vector != Vector.DB) {
                    c.pendingDebug = 0;
                }
                try {
                    Interrupts.deliver(c, vector, EventKind.EXCEPTION, Vector.hasErrorCode(vector), errorCode, c.rip, 0);
                    return Outcome.BRANCH;
                } catch (GuestFault nested) {
                    f = nested;
                }
            }
        } catch (VmExitSignal exit) {
            if (exit.kind == VmExitSignal.Kind.UNREACHED) {
                throw exit;
            }
            c.virtualization.exit(c, exit);
            c.delivering.clear();
            return Outcome.EXIT;
        }
    }

    /**
     * Delivers an interrupt or an injected event at {@link Cpu#rip}, with whatever goes wrong on the way.
     *
     * @param kind what it is
     * @param withCode whether an error code is pushed
     * @param returnRip address that the handler returns to
     * @param length length of the instruction for software interrupts and exceptions
     * @return as {@link #raise}
     */
    public static int event(Cpu c, int vector, EventKind kind, boolean withCode, int errorCode, long returnRip, int length) {
        try {
            Interrupts.deliver(c, vector, kind, withCode, errorCode, returnRip, length);
            return Outcome.BRANCH;
        } catch (GuestFault nested) {
            return raise(c, nested);
        } catch (VmExitSignal exit) {
            if (exit.kind == VmExitSignal.Kind.UNREACHED) {
                throw exit;
            }
            c.virtualization.exit(c, exit);
            c.delivering.clear();
            return Outcome.EXIT;
        }
    }

    /** What a #DB changes in debug registers and IA32_DEBUGCTL before its handler runs (SDM vol. 3B, 18.2.3 to 18.2.4). */
    public static void noteDebug(Cpu c, int conditions) {
        c.dr[6] = c.dr[6] & ~0xFL | conditions & DR6_CONDITIONS;
        c.dr[7] &= ~DR7_GD;
        c.debugCtl &= ~(BranchRecords.LBR | BranchRecords.BTF);
    }

    /** Raises #DB for the conditions given as bits of DR6. */
    public static int debug(Cpu c, int conditions) {
        return raise(c, c.fault(Vector.DB, conditions));
    }

    /** Vector to deliver when {@code second} happens during the delivery under way; -1 for a triple fault. */
    private static int combine(Cpu c, int second) {
        if (c.delivering.kind() != EventKind.EXCEPTION) {
            return second;
        }
        int first = c.delivering.vector();
        boolean serious = Vector.contributory(second) || second == Vector.PF;
        if (first == Vector.DF) {
            return serious ? -1 : second;
        }
        if (first == Vector.PF || first == Vector.VE) {
            return serious ? Vector.DF : second;
        }
        return Vector.contributory(first) && Vector.contributory(second) ? Vector.DF : second;
    }

    /** Shuts the processor down: after a triple fault, or a machine check that cannot be delivered. To a hypervisor both are the former. */
    static int shutdown(Cpu c) {
        c.delivering.clear();
        if (c.guest != null && c.virtualization.interceptTripleFault(c)) {
            return Outcome.EXIT;
        }
        c.activity = Cpu.SHUTDOWN;
        return Outcome.HALT;
    }
}
