package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Entropy;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Outcome;

/** RDRAND and RDSEED (SDM vol. 1, 7.3.17; vol. 2B): CF is always set, as a number is always there; the other arithmetic flags are cleared. */
public final class RandomNumbers {

    private RandomNumbers() {}

    /** RDRAND. */
    public static int rdrand(Cpu c, Insn d) {
        return read(c, d, Intercept.RDRAND);
    }

    /** RDSEED. */
    public static int rdseed(Cpu c, Insn d) {
        return read(c, d, Intercept.RDSEED);
    }

    private static int read(Cpu c, Insn d, Intercept what) {
        if (c.guest != null && c.guest.instruction(c, what, d)) {
            return Outcome.EXIT;
        }
        long v = Entropy.next(c);
        c.gpr(d.rm, d.opSize == 64 ? v : d.opSize == 32 ? v & 0xFFFFFFFFL : c.gpr(d.rm) & ~0xFFFFL | v & 0xFFFF);
        // one and not zero: odd parity, so that of the flags CF alone is set
        Flags.set(c, 1, true, false, false);
        return Outcome.NEXT;
    }
}
