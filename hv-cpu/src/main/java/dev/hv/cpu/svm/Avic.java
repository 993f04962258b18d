package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.ApicRegisterPage;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Rflags;

/**
 * The guest's APIC on its backing page (APM vol. 2, 15.29): priorities, delivery, and what follows an instruction that wrote to a register. Which
 * accesses reach the page is {@link AvicRegisters}' business, where interprocessor interrupts go {@link AvicInterrupts}'.
 */
final class Avic {

    private static final int NONE = -1;

    private final SvmUnit unit;
    private final GuestControls g;
    private final AvicInterrupts interrupts;
    /** A requested interrupt is above the processor priority. */
    private boolean pending;
    /** Register whose write waits for the end of its instruction, or {@link #NONE}. */
    private int written = NONE;

    Avic(SvmUnit unit) {
        this.unit = unit;
        g = unit.controls;
        interrupts = new AvicInterrupts(unit);
    }

    /** VMRUN: what the page requests is evaluated anew. */
    void entered() {
        written = NONE;
        pending = false;
        if (g.avic) {
            changed();
        }
    }

    /** Whether something is to be done between instructions. */
    boolean wantsAttention() {
        return pending || written != NONE;
    }

    /** Whether an interrupt waits to be taken. */
    boolean interruptWaits() {
        return pending;
    }

    /** A register was written: what that means is done when the instruction has ended. */
    void wrote(int register) {
        written = register;
        unit.events.arm();
    }

    /** The task priority changed, or what is requested: by the guest, or by another processor that rang the doorbell. */
    void changed() {
        Cpu c = unit.c;
        int tpr = get(ApicRegisterPage.TPR) & 0xFF;
        int service = ApicRegisterPage.highest(c, g.backingPage, ApicRegisterPage.ISR) & ApicRegisterPage.CLASS;
        int ppr = (tpr & ApicRegisterPage.CLASS) >= service ? tpr : service;
        ApicRegisterPage.set(c, g.backingPage, ApicRegisterPage.PPR, ppr);
        pending = (ApicRegisterPage.highest(c, g.backingPage, ApicRegisterPage.IRR) & ApicRegisterPage.CLASS) > (ppr & ApicRegisterPage.CLASS);
        unit.events.arm();
    }

    /** CR8. */
    int taskPriority() {
        return get(ApicRegisterPage.TPR) >>> 4 & 0xF;
    }

    /** Writes CR8. */
    void setTaskPriority(int value) {
        ApicRegisterPage.set(unit.c, g.backingPage, ApicRegisterPage.TPR, value << 4);
        changed();
    }

    /**
     * What follows an instruction that wrote to a register.
     *
     * @return true when it was an exit
     */
    boolean complete() {
        if (written == NONE) {
            return false;
        }
        int register = written;
        written = NONE;
        switch (register) {
            case ApicRegisterPage.TPR -> {
                ApicRegisterPage.set(unit.c, g.backingPage, ApicRegisterPage.TPR, get(ApicRegisterPage.TPR) & 0xFF);
                changed();
                return false;
            }
            case ApicRegisterPage.EOI -> {
                return endOfInterrupt();
            }
            case ApicRegisterPage.ICR_LOW -> {
                return send(get(ApicRegisterPage.ICR_LOW), get(ApicRegisterPage.ICR_HIGH));
            }
            case ApicRegisterPage.SELF_IPI -> {
                return send(AvicInterrupts.SELF | get(ApicRegisterPage.SELF_IPI) & 0xFF, 0);
            }
            default -> {
                unit.events.arm();
                if (AvicRegisters.traps(register)) {
                    unit.exits().event(SvmExitCode.AVIC_NO_ACCELERATION, AvicRegisters.information(register, true), 0);
                    return true;
                }
                return false;
            }
        }
    }

    /** The highest interrupt in service ends, unless it is level-triggered: the hypervisor has to tell an I/O APIC of that one's end. */
    private boolean endOfInterrupt() {
        Cpu c = unit.c;
        int vector = ApicRegisterPage.highest(c, g.backingPage, ApicRegisterPage.ISR);
        if (vector != 0 && ApicRegisterPage.has(c, g.backingPage, ApicRegisterPage.TMR, vector)) {
            unit.events.arm();
            unit.exits().event(SvmExitCode.AVIC_NO_ACCELERATION, AvicRegisters.information(ApicRegisterPage.EOI, true), vector);
            return true;
        }
        ApicRegisterPage.clear(c, g.backingPage, ApicRegisterPage.ISR, vector);
        changed();
        return false;
    }

    private boolean send(int low, int high) {
        long failure = interrupts.send(low, high);
        changed();
        if (failure == AvicInterrupts.SENT) {
            return false;
        }
        unit.exits().event(SvmExitCode.AVIC_INCOMPLETE_IPI, (long) high << 32 | low & 0xFFFFFFFFL, failure);
        return true;
    }

    /**
     * Delivers what is pending, if the guest takes interrupts now.
     *
     * @return true when something was delivered
     */
    boolean deliver(Cpu c) {
        if (!pending || (c.rflagsOther() & Rflags.IF) == 0) {
            return false;
        }
        int vector = ApicRegisterPage.highest(c, g.backingPage, ApicRegisterPage.IRR);
        if ((vector & ApicRegisterPage.CLASS) <= (get(ApicRegisterPage.PPR) & ApicRegisterPage.CLASS)) {
            // somebody else has taken it back
            changed();
            return false;
        }
        ApicRegisterPage.clear(c, g.backingPage, ApicRegisterPage.IRR, vector);
        ApicRegisterPage.mark(c, g.backingPage, ApicRegisterPage.ISR, vector);
        changed();
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.event(c, vector, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
        return true;
    }

    private int get(int register) {
        return ApicRegisterPage.get(unit.c, g.backingPage, register);
    }

    void save(StateWriter out) {
        out.put("pending", pending);
        out.put("written", written);
    }

    void restore(StateReader in) {
        pending = in.takeBoolean();
        written = (int) in.take();
    }
}
