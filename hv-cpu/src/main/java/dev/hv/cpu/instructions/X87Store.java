package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.softfloat.PackedDecimal;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * Stores from the top of the x87 stack (SDM vol. 2A, the pages of the names). Memory is written first, as a fault there must leave
 * the status word alone.
 */
public final class X87Store {

    private X87Store() {}

    private static void end(Cpu c, Insn d, FpEnv e, boolean stored, boolean pop) {
        X87.pointers(c, d);
        if (!stored && (e.unmasked() & FpEnv.BEFORE) == 0) {
            // no result, so it was not rounded either
            e.flags &= ~FpEnv.PE;
            e.roundedUp = false;
        }
        X87.note(c, e);
        if (stored && pop) {
            X87.pop(c);
        }
    }

    /** Stores with an empty ST(0): whether the response to underflow is to be written, and nothing has changed yet. */
    private static boolean masked(Cpu c) {
        return (c.fcw & FpEnv.IE) != 0;
    }

    private static int missing(Cpu c, Insn d, boolean pop) {
        X87.pointers(c, d);
        if (X87.stackFault(c, false) && pop) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }

    private static boolean pops(Insn d) {
        return (d.modrm >> 3 & 1) != 0;
    }

    /** FST, FSTP m32. */
    public static int fst32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        long ea = Ea.of(c, d, 4, true);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            if (masked(c)) {
                Mem.write32(c, ea, F32.INDEFINITE);
            }
            return missing(c, d, pops(d));
        }
        int r = F80.to32(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        if (stored) {
            Mem.write32(c, ea, r);
        }
        end(c, d, e, stored, pops(d));
        return Outcome.NEXT;
    }

    /** FST, FSTP m64. */
    public static int fst64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        long ea = Ea.of(c, d, 8, true);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            if (masked(c)) {
                Mem.write64(c, ea, F64.INDEFINITE);
            }
            return missing(c, d, pops(d));
        }
        long r = F80.to64(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        if (stored) {
            Mem.write64(c, ea, r);
        }
        end(c, d, e, stored, pops(d));
        return Outcome.NEXT;
    }

    private static void write80(Cpu c, Insn d, int high, long low) {
        long ea = Ea.of(c, d, 10, true);
        Mem.probeWrite(c, ea, 10);
        Mem.write64(c, ea, low);
        Mem.write16(c, ea + 8, high & 0xFFFF);
    }

    /** FSTP m80: no exceptions but stack underflow. */
    public static int fstp80(Cpu c, Insn d) {
        X87.begin(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            if (masked(c)) {
                write80(c, d, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
            }
            return missing(c, d, true);
        }
        write80(c, d, c.fpSignExp[a], c.fpSignificand[a]);
        X87.pointers(c, d);
        X87.clearC1(c);
        X87.pop(c);
        return Outcome.NEXT;
    }

    /** FBSTP. */
    public static int fbstp(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            if (masked(c)) {
                write80(c, d, PackedDecimal.INDEFINITE_HIGH, PackedDecimal.INDEFINITE_LOW);
            }
            return missing(c, d, true);
        }
        long low = PackedDecimal.convert(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        if (stored) {
            write80(c, d, e.signExp, low);
        }
        end(c, d, e, stored, true);
        return Outcome.NEXT;
    }

    private static int integer(Cpu c, Insn d, int bits, boolean truncate, boolean pop) {
        FpEnv e = X87.begin(c, d);
        long ea = Ea.of(c, d, bits / 8, true);
        int a = X87.top(c);
        boolean empty = X87.empty(c, a);
        long r = empty ? Long.MIN_VALUE >> 64 - bits
                : F80.toInteger(e, c.fpSignExp[a], c.fpSignificand[a], bits, truncate ? FpEnv.TRUNCATE : e.rounding);
        boolean stored = empty ? masked(c) : X87.storable(e);
        if (stored) {
            switch (bits) {
                case 16 -> Mem.write16(c, ea, r & 0xFFFF);
                case 32 -> Mem.write32(c, ea, r & 0xFFFFFFFFL);
                default -> Mem.write64(c, ea, r);
            }
        }
        if (empty) {
            return missing(c, d, pop);
        }
        end(c, d, e, stored, pop);
        return Outcome.NEXT;
    }

    /** FIST, FISTP m16. */
    public static int fist16(Cpu c, Insn d) {
        return integer(c, d, 16, false, pops(d));
    }

    /** FIST, FISTP m32. */
    public static int fist32(Cpu c, Insn d) {
        return integer(c, d, 32, false, pops(d));
    }

    /** FISTP m64. */
    public static int fistp64(Cpu c, Insn d) {
        return integer(c, d, 64, false, true);
    }

    /** FISTTP m16. */
    public static int fisttp16(Cpu c, Insn d) {
        return integer(c, d, 16, true, true);
    }

    /** FISTTP m32. */
    public static int fisttp32(Cpu c, Insn d) {
        return integer(c, d, 32, true, true);
    }

    /** FISTTP m64. */
    public static int fisttp64(Cpu c, Insn d) {
        return integer(c, d, 64, true, true);
    }

    /** FST, FSTP ST(i). */
    public static int fst(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        if (X87.empty(c, a)) {
            if (!X87.underflow(c, b)) {
                return Outcome.NEXT;
            }
        } else {
            X87.clearC1(c);
            X87.set(c, b, c.fpSignExp[a], c.fpSignificand[a]);
        }
        if (pops(d)) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }
}
