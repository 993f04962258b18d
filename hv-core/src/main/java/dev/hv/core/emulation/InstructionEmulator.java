package dev.hv.core.emulation;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.execute.SingleStepper;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Carries out the instruction at RIP of registers that were handed over, with the engine's own decoder, semantics and event delivery, against the
 * address spaces that these registers are connected with. Who hands them over takes them back afterwards, changed.
 */
public final class InstructionEmulator {

    private final Cpu c;
    private final SingleStepper stepper;

    /** An emulator for registers whose bus gives no raw addresses, so that nothing that is read outlives a change of mappings. */
    public InstructionEmulator(Cpu registers) {
        c = registers;
        stepper = new SingleStepper(registers);
    }

    /** The registers. */
    public Cpu registers() {
        return c;
    }

    /**
     * Carries out one instruction, and delivers the exception it raises. Of a repeated one a part: interrupts get in, and limits are looked at.
     *
     * @return null, or an access that the bus cannot do: the registers are then worth nothing, their owner still has what they were
     */
    public VmExitSignal step() {
        begin();
        try {
            // what breakpoints on the instruction itself ask for has happened before it exited
            stepper.step();
            return null;
        } catch (VmExitSignal unreached) {
            return unreached;
        } finally {
            end();
        }
    }

    /**
     * Delivers an event at RIP whose delivery the hardware gave up: its stack is a device, or it goes through a task gate.
     *
     * @return as {@link #step}
     */
    public VmExitSignal deliver(PendingEvent event) {
        begin();
        try {
            long returnRip = event.kind().byInstruction() ? c.rip + event.length() : c.rip;
            ExceptionDelivery.event(c, event.vector(), event.kind(), event.withErrorCode(), event.errorCode(), c.mode64() ? returnRip : returnRip & 0xFFFF_FFFFL,
                    event.length());
            return null;
        } catch (VmExitSignal unreached) {
            return unreached;
        } finally {
            end();
        }
    }

    private void begin() {
        c.tlb.flushCurrent();
        c.tlb.forgetFetches();
        // who exited has looked for events; what comes up from here on ends a repeated instruction's iterations
        c.events = 0;
        FpControl.settle(c);
    }

    private void end() {
        c.events = 0;
        c.delivering.clear();
    }
}
