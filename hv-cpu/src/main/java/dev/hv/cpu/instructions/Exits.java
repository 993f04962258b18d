package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Intercept;

/** Asks the hypervisor, in guest operation, for an instruction that has nothing to say but what it is. */
final class Exits {

    private Exits() {}

    /** Whether the VM exit has been made: the instruction returns {@link dev.hv.cpu.state.Outcome#EXIT}. */
    static boolean made(Cpu c, Insn d, Intercept what) {
        if (c.guest == null) {
            return false;
        }
        c.rip = d.rip;
        return c.guest.instruction(c, what, d);
    }
}
