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
 * Stores from the top of the x87 stack (SDM vol. 2A, the pages of the names). Memory comes first, as a fault there must leave the status word
 * alone. When an unmasked exception keeps the result back, the operand must be writable all the same on AMD's processors.
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
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            store(c, d, 4, F32.INDEFINITE, masked(c));
            return missing(c, d, pops(d));
        }
        int r = F80.to32(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        store(c, d, 4, r, stored);
        end(c, d, e, stored, pops(d));
        return Outcome.NEXT;
    }

    /** FST, FSTP m64. */
    public static int fst64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            store(c, d, 8, F64.INDEFINITE, masked(c));
            return missing(c, d, pops(d));
        }
        long r = F80.to64(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        store(c, d, 8, r, stored);
        end(c, d, e, stored, pops(d));
        return Outcome.NEXT;
    }

    /** Writes a result, or finds out only whether it could be written. */
    private static void store(Cpu c, Insn d, int size, long v, boolean stored) {
        if (stored) {
            Mem.write(c, Ea.of(c, d, size, true), size, v);
        } else if (d.amd) {
            Mem.probeWrite(c, Ea.of(c, d, size, true), size);
        }
    }

    private static void store80(Cpu c, Insn d, int high, long low, boolean stored) {
        if (d.amd) {
            Mem.probeWrite(c, Ea.of(c, d, 8, true), 8);
            Mem.probeWrite(c, Ea.of(c, d, 8, 2, true), 2);
        }
        if (stored) {
            Mem.write64(c, Ea.of(c, d, 8, true), low);
            Mem.write16(c, Ea.of(c, d, 8, 2, true), high & 0xFFFF);
        }
    }

    /** FSTP m80: no exceptions but stack underflow. */
    public static int fstp80(Cpu c, Insn d) {
        X87.begin(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            store80(c, d, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND, masked(c));
            return missing(c, d, true);
        }
        store80(c, d, c.fpSignExp[a], c.fpSignificand[a], true);
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
            store80(c, d, PackedDecimal.INDEFINITE_HIGH, PackedDecimal.INDEFINITE_LOW, masked(c));
            return missing(c, d, true);
        }
        long low = PackedDecimal.convert(e, c.fpSignExp[a], c.fpSignificand[a]);
        boolean stored = X87.storable(e);
        store80(c, d, e.signExp, low, stored);
        end(c, d, e, stored, true);
        return Outcome.NEXT;
    }

    private static int integer(Cpu c, Insn d, int bits, boolean truncate, boolean pop) {
        FpEnv e = X87.begin(c, d);
        int a = X87.top(c);
        boolean empty = X87.empty(c, a);
        long r = empty ? Long.MIN_VALUE >> 64 - bits
                : F80.toInteger(e, c.fpSignExp[a], c.fpSignificand[a], bits, truncate ? FpEnv.TRUNCATE : e.rounding);
        boolean stored = empty ? masked(c) : X87.storable(e);
        store(c, d, bits / 8, r, stored);
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
        return copy(c, d, pops(d));
    }

    /** FSTP ST(i) as DF D0+i encodes it. */
    public static int fstp(Cpu c, Insn d) {
        return copy(c, d, true);
    }

    /** FSTP ST(i) as D9 D8+i encodes it, which raises nothing: from an empty ST(0) nothing is stored. */
    public static int fstpUnchecked(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        X87.clearC1(c);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        if (!X87.empty(c, a)) {
            X87.set(c, b, c.fpSignExp[a], c.fpSignificand[a]);
        }
        X87.pop(c);
        return Outcome.NEXT;
    }

    private static int copy(Cpu c, Insn d, boolean pop) {
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
        if (pop) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }
}
