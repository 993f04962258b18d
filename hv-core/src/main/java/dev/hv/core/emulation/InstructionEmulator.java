package dev.hv.core.emulation;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.execute.SingleStepper;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Carries out the instruction at RIP of registers that were handed over, with the engine's own decoder, semantics and event delivery, against the
 * address spaces that these registers are connected with. Who hands them over takes them back afterwards, changed.
 */
public final class InstructionEmulator {

    /** Events that are taken at one boundary: more than there are kinds of them. */
    private static final int BOUNDARY_EVENTS = 8;

    private final Cpu c;
    private final SingleStepper stepper;
    private final PendingEvent undelivered = new PendingEvent();
    private GuestFault withheld;
    private int left;

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
        return step(0);
    }

    /**
     * As {@link #step()}.
     *
     * @param exceptions by vector, as bits, that are not delivered: {@link #takeWithheld} gives one that the instruction raised. Those of a guest of these registers are.
     */
    public VmExitSignal step(int exceptions) {
        begin();
        try {
            // what breakpoints on the instruction itself ask for has happened before it exited
            withheld = stepper.step(c.guest == null ? exceptions : 0);
            return null;
        } catch (VmExitSignal met) {
            return unreached(met);
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
        } catch (VmExitSignal met) {
            return unreached(met);
        } finally {
            end();
        }
    }

    /**
     * Takes what waits at the boundary before the instruction at RIP of a guest of these registers: its hypervisor's exits and events.
     *
     * @param events what has come from outside, as bits of {@link Cpu#events}; {@link #left} tells which of it is still there
     * @return as {@link #step}; an event that was to be delivered is then {@link #undelivered}
     */
    public VmExitSignal boundary(int events) {
        begin();
        c.events |= events;
        try {
            for (int i = 0; i < BOUNDARY_EVENTS && c.guest != null && Events.take(c); i++) { }
            return null;
        } catch (GuestFault f) {
            ExceptionDelivery.raise(c, f);
            return null;
        } catch (VmExitSignal met) {
            return unreached(met);
        } finally {
            left = c.events;
            end();
        }
    }

    /** An exception that was met by the hardware, in a guest of these registers: an exit to its hypervisor, or its delivery. Returns as {@link #step}. */
    public VmExitSignal raise(int vector, int errorCode) {
        begin();
        try {
            ExceptionDelivery.raise(c, c.fault(vector, errorCode));
            return null;
        } catch (VmExitSignal met) {
            return unreached(met);
        } finally {
            end();
        }
    }

    /** Whether the hypervisor of these registers' guest intercepts an access to an MSR; the exit to it has been made then. */
    public boolean interceptsMsr(int length, int msr, boolean write) {
        begin();
        try {
            return c.guest.msr(c, length, msr, write);
        } finally {
            end();
        }
    }

    /** A triple fault in a guest of these registers: false when its hypervisor does not ask for an exit. */
    public boolean tripleFault() {
        begin();
        try {
            return c.virtualization.interceptTripleFault(c);
        } finally {
            end();
        }
    }

    /** The exception that {@link #step(int)} has not delivered, once; null for none. The registers are then worth nothing. */
    public GuestFault takeWithheld() {
        GuestFault fault = withheld;
        withheld = null;
        return fault;
    }

    /** What of the events of {@link #boundary} was not taken. */
    public int left() {
        return left;
    }

    /** An event whose delivery met what {@link #boundary} returns. */
    public PendingEvent undelivered() {
        return undelivered;
    }

    /** Exits of a guest of these registers are made here; what else was met is the owner's to hear of. */
    private VmExitSignal unreached(VmExitSignal met) {
        if (met.kind != VmExitSignal.Kind.UNREACHED) {
            try {
                c.virtualization.exit(c, met);
                return null;
            } catch (VmExitSignal unreached) {
                return keep(unreached);
            }
        }
        return keep(met);
    }

    private VmExitSignal keep(VmExitSignal unreached) {
        undelivered.set(c.delivering);
        return unreached;
    }

    private void begin() {
        if (c.virtualization == null) {
            c.tlb.flushCurrent();
        } else {
            // an instruction may enter or leave a guest of its own
            c.tlb.flushMatching(0, 0);
        }
        c.tlb.forgetFetches();
        // who exited has looked for events; what comes up from here on ends a repeated instruction's iterations
        c.events &= Cpu.EVENT_GUEST;
        FpControl.settle(c);
    }

    private void end() {
        c.events &= Cpu.EVENT_GUEST;
        c.delivering.clear();
    }
}
