package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.softfloat.Transcendental;
import dev.hv.cpu.softfloat.Trigonometry;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Outcome;

/** The transcendental instructions (SDM vol. 2A, the pages of the names). */
public final class X87Transcendental {

    private X87Transcendental() {}

    /** F2XM1. */
    public static int f2xm1(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
        } else {
            Transcendental.exp2m1(e, c.fpSignExp[a], c.fpSignificand[a]);
            X87.write(c, e, a);
        }
        return Outcome.NEXT;
    }

    /** FYL2X. */
    public static int fyl2x(Cpu c, Insn d) {
        return binary(c, d, 0);
    }

    /** FYL2XP1. */
    public static int fyl2xp1(Cpu c, Insn d) {
        return binary(c, d, 1);
    }

    /** FPATAN. */
    public static int fpatan(Cpu c, Insn d) {
        return binary(c, d, 2);
    }

    /** ST(1) = a function of ST(1) and ST(0), then a pop. */
    private static int binary(Cpu c, Insn d, int function) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int x = X87.top(c);
        int y = X87.st(c, 1);
        boolean done;
        if (X87.empty(c, x) || X87.empty(c, y)) {
            done = X87.underflow(c, y);
        } else {
            int yse = c.fpSignExp[y];
            long ysig = c.fpSignificand[y];
            switch (function) {
                case 0 -> Transcendental.yLog2(e, yse, ysig, c.fpSignExp[x], c.fpSignificand[x]);
                case 1 -> Transcendental.yLog2Plus1(e, yse, ysig, c.fpSignExp[x], c.fpSignificand[x]);
                default -> Trigonometry.atan2(e, yse, ysig, c.fpSignExp[x], c.fpSignificand[x]);
            }
            done = X87.write(c, e, y);
        }
        if (done) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }

    /** FSIN. */
    public static int fsin(Cpu c, Insn d) {
        return unary(c, d, Trigonometry.SIN);
    }

    /** FCOS. */
    public static int fcos(Cpu c, Insn d) {
        return unary(c, d, Trigonometry.COS);
    }

    private static int unary(Cpu c, Insn d, int function) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        c.fsw &= ~X87.C2;
        if (X87.empty(c, a)) {
            X87.underflow(c, a);
            return Outcome.NEXT;
        }
        Trigonometry.function(e, function, c.fpSignExp[a], c.fpSignificand[a]);
        X87.write(c, e, a);
        if (e.partial) {
            c.fsw |= X87.C2;
        }
        return Outcome.NEXT;
    }

    /** FSINCOS: the sine replaces ST(0), the cosine is pushed. */
    public static int fsincos(Cpu c, Insn d) {
        return pair(c, d, Trigonometry.SIN);
    }

    /** FPTAN: the tangent replaces ST(0), 1 is pushed. */
    public static int fptan(Cpu c, Insn d) {
        return pair(c, d, Trigonometry.TAN);
    }

    private static int pair(Cpu c, Insn d, int function) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        c.fsw &= ~X87.C2;
        boolean missing = X87.empty(c, a);
        if (missing || !X87.empty(c, X87.st(c, 7))) {
            if (X87.stackFault(c, !missing)) {
                X87.set(c, a, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
                X87.move(c, -1);
                X87.set(c, X87.top(c), F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
            }
            return Outcome.NEXT;
        }
        int signExp = c.fpSignExp[a];
        long significand = c.fpSignificand[a];
        Trigonometry.function(e, function, signExp, significand);
        if (e.partial) {
            X87.note(c, e);
            c.fsw |= X87.C2;
            return Outcome.NEXT;
        }
        int first = e.signExp;
        long firstSignificand = e.significand;
        boolean nan = F80.nan(first, firstSignificand);
        if (function == Trigonometry.SIN) {
            boolean up = e.roundedUp;
            Trigonometry.function(e, Trigonometry.COS, signExp, significand);
            // C1 tells of the cosine on Intel's processors, of the sine on AMD's
            e.roundedUp = e.amd ? up : e.roundedUp;
        } else if (!nan) {
            e.signExp = 0x3FFF;
            e.significand = Long.MIN_VALUE;
        }
        if (X87.note(c, e)) {
            X87.set(c, a, first, firstSignificand);
            X87.move(c, -1);
            X87.set(c, X87.top(c), e.signExp, e.significand);
        }
        return Outcome.NEXT;
    }
}
