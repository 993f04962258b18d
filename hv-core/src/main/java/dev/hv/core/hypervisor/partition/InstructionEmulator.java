package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.execute.SingleStepper;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Vector;

/**
 * Carries out the instruction at a virtual processor's RIP in the hypervisor: on the virtual processor's own registers, with
 * the engine's own decoder, semantics and event delivery, against the partition's memory and intercept handler
 * ({@link GuestBus}). Used for device registers, string I/O, task switches, x87 errors with CR0.NE clear, and whatever exits only
 * to be done with other rights or another model than the hardware's.
 */
public final class InstructionEmulator {

    private final VirtualProcessor vp;
    private final SingleStepper stepper;

    public InstructionEmulator(VirtualProcessor vp) {
        this.vp = vp;
        stepper = new SingleStepper(vp.registers());
    }

    /**
     * Carries out one instruction, and delivers the exception it raises. Of a repeated one a part, and the virtual processor comes back
     * for the next: interrupts get in, and limits are looked at.
     */
    public void step() {
        Cpu c = begin();
        // what breakpoints on the instruction itself ask for has happened before it exited
        stepper.step();
        end(c);
    }

    /**
     * Delivers an event at RIP whose delivery the hardware gave up: its stack is a device, or it goes through a task gate.
     */
    public void deliver(PendingEvent event) {
        Cpu c = begin();
        long returnRip = event.kind().byInstruction() ? c.rip + event.length() : c.rip;
        ExceptionDelivery.event(c, event.vector(), event.kind(), event.withErrorCode(), event.errorCode(), c.mode64() ? returnRip : returnRip & 0xFFFF_FFFFL,
                event.length());
        end(c);
    }

    private Cpu begin() {
        vp.countEmulation();
        vp.context().store();
        Cpu c = vp.registers();
        c.tlb.flushCurrent();
        c.tlb.forgetFetches();
        // the hardware has looked for events; what comes up from here on ends a repeated instruction's iterations
        c.events = 0;
        FpControl.settle(c);
        return c;
    }

    /** Gives the state back, and what the hardware cannot hold to whom it concerns. */
    private void end(Cpu c) {
        int activity = c.activity;
        c.activity = Cpu.ACTIVE;
        c.events = 0;
        c.delivering.clear();
        boolean taskTrap = (c.pendingDebug & Events.TASK_SWITCH) != 0;
        if (taskTrap) {
            // the T bit of a TSS: the VMCS has no such condition (24.4.2), so the exception is injected
            ExceptionDelivery.noteDebug(c, c.pendingDebug);
            c.pendingDebug = 0;
        }
        vp.context().load();
        if (taskTrap) {
            vp.context().injectException(Vector.DB);
        }
        if (activity == Cpu.SHUTDOWN) {
            vp.fail(VpStop.Reason.UNRECOVERABLE_EXCEPTION, "triple fault");
        } else if (activity == Cpu.HALTED) {
            vp.scheduling().halt();
        }
    }
}
