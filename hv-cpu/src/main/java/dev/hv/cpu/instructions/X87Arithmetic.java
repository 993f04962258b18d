package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.F80Functions;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** FADD, FMUL, FSUB, FDIV and their kin, and operations on ST(0) alone (SDM vol. 2A, the pages of the names). */
public final class X87Arithmetic {

    private X87Arithmetic() {}

    /** The operation that ModRM.reg names, on a and b; the reversed ones take b first. */
    private static void compute(FpEnv e, int operation, int ase, long asig, int bse, long bsig) {
        switch (operation) {
            case 0 -> F80.add(e, ase, asig, bse, bsig);
            case 1 -> F80.mul(e, ase, asig, bse, bsig);
            case 4 -> F80.sub(e, ase, asig, bse, bsig);
            case 5 -> F80.sub(e, bse, bsig, ase, asig);
            case 6 -> F80.div(e, ase, asig, bse, bsig);
            default -> F80.div(e, bse, bsig, ase, asig);
        }
    }

    private static boolean registers(Cpu c, Insn d, int destination) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        if (X87.empty(c, a) || X87.empty(c, b)) {
            return X87.underflow(c, destination == 0 ? a : b);
        }
        compute(e, d.modrm >> 3 & 7, c.fpSignExp[a], c.fpSignificand[a], c.fpSignExp[b], c.fpSignificand[b]);
        return X87.write(c, e, destination == 0 ? a : b);
    }

    /** ST(0) = ST(0) with ST(i). */
    public static int toTop(Cpu c, Insn d) {
        registers(c, d, 0);
        return Outcome.NEXT;
    }

    /** ST(i) = ST(0) with ST(i); in this encoding SUB and SUBR, DIV and DIVR have changed places. */
    public static int toRegister(Cpu c, Insn d) {
        registers(c, d, 1);
        return Outcome.NEXT;
    }

    /** As {@link #toRegister}, then pops. */
    public static int toRegisterPop(Cpu c, Insn d) {
        if (registers(c, d, 1)) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }

    private static int memory(Cpu c, Insn d, FpEnv e) {
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
        } else {
            compute(e, d.modrm >> 3 & 7, c.fpSignExp[a], c.fpSignificand[a], e.signExp, e.significand);
            X87.write(c, e, a);
        }
        return Outcome.NEXT;
    }

    /** ST(0) = ST(0) with m32. */
    public static int m32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load32(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        return memory(c, d, e);
    }

    /** ST(0) = ST(0) with m64. */
    public static int m64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load64(e, Mem.read64(c, Ea.of(c, d, 8, false)));
        return memory(c, d, e);
    }

    /** ST(0) = ST(0) with the integer m32. */
    public static int i32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        return memory(c, d, e);
    }

    /** ST(0) = ST(0) with the integer m16. */
    public static int i16(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (short) Mem.read16(c, Ea.of(c, d, 2, false)));
        return memory(c, d, e);
    }

    /** FSQRT. */
    public static int fsqrt(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
        } else {
            F80.sqrt(e, c.fpSignExp[a], c.fpSignificand[a]);
            X87.write(c, e, a);
        }
        return Outcome.NEXT;
    }

    /** FRNDINT. */
    public static int frndint(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
        } else {
            F80.roundToIntegral(e, c.fpSignExp[a], c.fpSignificand[a]);
            X87.write(c, e, a);
        }
        return Outcome.NEXT;
    }

    /** FSCALE. */
    public static int fscale(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, 1);
        if (X87.empty(c, a) || X87.empty(c, b)) {
            X87.underflow(c, a);
        } else {
            F80Functions.scale(e, c.fpSignExp[a], c.fpSignificand[a], c.fpSignExp[b], c.fpSignificand[b]);
            X87.write(c, e, a);
        }
        return Outcome.NEXT;
    }

    /** FPREM. */
    public static int fprem(Cpu c, Insn d) {
        return remainder(c, d, false);
    }

    /** FPREM1. */
    public static int fprem1(Cpu c, Insn d) {
        return remainder(c, d, true);
    }

    private static int remainder(Cpu c, Insn d, boolean nearest) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, 1);
        if (X87.empty(c, a) || X87.empty(c, b)) {
            c.fsw &= ~X87.C2;
            X87.underflow(c, a);
            return Outcome.NEXT;
        }
        F80Functions.remainder(e, c.fpSignExp[a], c.fpSignificand[a], c.fpSignExp[b], c.fpSignificand[b], nearest);
        boolean nan = F80.nan(e.signExp, e.significand);
        if (X87.write(c, e, a) && !nan) {
            int q = e.quotient;
            c.fsw = c.fsw & ~(X87.C0 | X87.C1 | X87.C2 | X87.C3) | (q & 4) << 6 | (q & 2) << 13 | (q & 1) << 9 | (e.partial ? X87.C2 : 0);
        } else {
            // there is no quotient, of a number or behind an unmasked exception: C0 and C3 stay
            c.fsw &= ~(X87.C1 | X87.C2);
        }
        return Outcome.NEXT;
    }

    /** FXTRACT: the exponent replaces ST(0), the significand is pushed. */
    public static int fxtract(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            if (X87.underflow(c, a)) {
                X87.move(c, -1);
                X87.set(c, X87.top(c), F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
            }
            return Outcome.NEXT;
        }
        if (!X87.empty(c, X87.st(c, 7))) {
            if (X87.stackFault(c, true)) {
                X87.set(c, a, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
                X87.move(c, -1);
                X87.set(c, X87.top(c), F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
            }
            return Outcome.NEXT;
        }
        int signExp = c.fpSignExp[a];
        long significand = c.fpSignificand[a];
        F80Functions.exponent(e, signExp, significand);
        if (X87.write(c, e, a)) {
            F80Functions.fraction(e, signExp, significand);
            X87.move(c, -1);
            X87.set(c, X87.top(c), e.signExp, e.significand);
        }
        return Outcome.NEXT;
    }

    /** FABS. */
    public static int fabs(Cpu c, Insn d) {
        return sign(c, d, 0x7FFF, 0);
    }

    /** FCHS. */
    public static int fchs(Cpu c, Insn d) {
        return sign(c, d, 0xFFFF, 0x8000);
    }

    private static int sign(Cpu c, Insn d, int keep, int flip) {
        X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
        } else {
            X87.clearC1(c);
            c.fpSignExp[a] = c.fpSignExp[a] & keep ^ flip;
        }
        return Outcome.NEXT;
    }
}
