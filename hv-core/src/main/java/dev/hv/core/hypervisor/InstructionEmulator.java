package dev.hv.core.hypervisor;

import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Rflags;

/**
 * Carries out the instruction at a virtual processor's RIP in the hypervisor: on the virtual processor's own registers, with
 * the engine's own decoder, semantics and event delivery, against the partition's memory and intercept handler
 * ({@link GuestBus}). Used for device registers, string I/O, task switches, and whatever exits only to be done with other rights
 * or another model than the hardware's.
 */
final class InstructionEmulator {

    /** Pending debug conditions: single step, as in DR6. */
    private static final int SINGLE_STEP = 1 << 14;
    private static final int ERROR_CODE_VALID = 1 << 11;
    private static final int FIRST_SOFTWARE_TYPE = 4;

    private final VirtualProcessor vp;
    private final Interpreter engine;

    InstructionEmulator(VirtualProcessor vp) {
        this.vp = vp;
        engine = Interpreter.small(vp.registers());
    }

    /**
     * Carries out one instruction, and delivers the exception it raises. Of a repeated one a part, and the virtual processor comes back
     * for the next: interrupts get in, and limits are looked at.
     */
    void step() {
        Cpu c = begin();
        boolean stepping = (c.rflagsOther & Rflags.TF) != 0;
        try {
            engine.part();
            if (stepping) {
                c.pendingDebug |= SINGLE_STEP;
            }
        } catch (GuestFault f) {
            ExceptionDelivery.raise(c, f);
        }
        end(c);
    }

    /**
     * Delivers an event at RIP whose delivery the hardware gave up: its stack is a device, or it goes through a task gate.
     *
     * @param info the event, in the format of IDT-vectoring information (SDM vol. 3C, 24.9.3)
     * @param length of the instruction behind a software interrupt
     */
    void deliver(int info, int errorCode, int length) {
        Cpu c = begin();
        int type = info >>> 8 & 7;
        long returnRip = type >= FIRST_SOFTWARE_TYPE ? c.rip + length : c.rip;
        ExceptionDelivery.event(c, info & 0xFF, type, (info & ERROR_CODE_VALID) != 0, errorCode, c.mode64() ? returnRip : returnRip & 0xFFFF_FFFFL,
                length);
        end(c);
    }

    private Cpu begin() {
        vp.countEmulation();
        vp.context().store();
        Cpu c = vp.registers();
        c.tlb.flushCurrent();
        c.tlb.forgetFetches();
        c.shadowBefore = c.shadow();
        return c;
    }

    private void end(Cpu c) {
        boolean shutdown = c.activity == Cpu.SHUTDOWN;
        c.activity = Cpu.ACTIVE;
        c.events = 0;
        c.vectoringInfo = 0;
        vp.context().load();
        if (shutdown) {
            vp.fail(VpStop.Reason.UNRECOVERABLE_EXCEPTION, "triple fault");
        }
    }
}
