package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Outcome;

/**
 * The MMX view of the x87 registers: MM0 … MM7 are the significands of the physical registers R0 … R7 (SDM vol. 1, 9.2 and
 * vol. 3A, chapter 13).
 */
public final class Mmx {

    private static final int TOP = 7 << 11;
    private static final int ONES = 0xFFFF;

    private Mmx() {}

    /**
     * Looks for a pending x87 fault, as every MMX instruction does before anything else.
     *
     * @throws dev.hv.cpu.state.GuestFault #MF
     */
    public static void check(Cpu c) {
        FpControl.check(c);
    }

    /** Enters MMX state, as every MMX instruction but EMMS does: TOP is 0 and all registers are valid. */
    public static void touch(Cpu c) {
        c.fsw &= ~TOP;
        c.ftw = 0;
    }

    /** Before a store from an MMX register, which may fault: on Intel's processors TOP is 0 then, though tags are as they were. */
    public static void beforeStore(Cpu c) {
        if (c.model.intel()) {
            c.fsw &= ~TOP;
        }
    }

    /** Writes MM{@code i} and enters MMX state; sign and exponent of the register become ones. */
    public static void write(Cpu c, int i, long v) {
        c.fpSignificand[i] = v;
        c.fpSignExp[i] = ONES;
        touch(c);
    }

    /** EMMS: all registers are empty, and TOP is 0 as after every MMX instruction (SDM vol. 2A; vol. 3A, 13.2). */
    public static int emms(Cpu c, Insn d) {
        check(c);
        c.fsw &= ~TOP;
        c.ftw = 0xFFFF;
        return Outcome.NEXT;
    }
}
