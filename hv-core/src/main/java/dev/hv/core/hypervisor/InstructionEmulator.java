package dev.hv.core.hypervisor;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/**
 * Carries out the instruction at a virtual processor's RIP in the hypervisor: on the virtual processor's own registers, with
 * the engine's own decoder and semantics, against the partition's memory and intercept handler ({@link GuestBus}). Used for
 * device registers, string I/O, and whatever exits only to be done with other rights or another model than the hardware's.
 */
final class InstructionEmulator {

    /** Pending debug conditions: single step, as in DR6. */
    private static final int SINGLE_STEP = 1 << 14;

    private final VirtualProcessor vp;
    private final Interpreter engine;

    InstructionEmulator(VirtualProcessor vp) {
        this.vp = vp;
        engine = new Interpreter(vp.registers());
    }

    /** Carries out one instruction; an exception it raises is queued for delivery. */
    void step() {
        vp.countEmulation();
        HardwareContext context = vp.context();
        context.store();
        Cpu c = vp.registers();
        c.tlb.flushCurrent();
        c.tlb.forgetFetches();
        c.shadowBefore = c.shadow();
        boolean stepping = (c.rflagsOther & Rflags.TF) != 0;
        GuestFault raised = null;
        try {
            int outcome = engine.step();
            if (outcome == Outcome.HALT) {
                c.activity = Cpu.ACTIVE;
            }
            if (stepping) {
                c.pendingDebug |= SINGLE_STEP;
            }
        } catch (GuestFault f) {
            raised = f;
        }
        c.events = 0;
        context.load();
        if (raised != null) {
            if (raised.vector == Vector.PF) {
                c.cr2 = c.pageFaultAddress;
                context.load();
            }
            context.injectException(raised.vector, raised.errorCode);
        }
    }
}
