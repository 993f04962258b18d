package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.softfloat.PackedDecimal;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** Loads onto the x87 stack, constants, and what else moves registers about (SDM vol. 2A, the pages of the names). */
public final class X87Load {

    private X87Load() {}

    /** Pushes what stands in the environment, with the exceptions of its conversion. */
    private static int push(Cpu c, Insn d, FpEnv e) {
        X87.pointers(c, d);
        if (X87.empty(c, X87.st(c, 7))) {
            // a denormal is loaded whether its exception is masked or not
            if (X87.note(c, e) || (e.flags & FpEnv.IE) == 0) {
                X87.push(c, e.signExp, e.significand);
            }
        } else {
            X87.push(c, e.signExp, e.significand);
        }
        return Outcome.NEXT;
    }

    /** FLD m32. */
    public static int fld32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load32(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        F80.converted(e);
        return push(c, d, e);
    }

    /** FLD m64. */
    public static int fld64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load64(e, Mem.read64(c, Ea.of(c, d, 8, false)));
        F80.converted(e);
        return push(c, d, e);
    }

    /** FLD m80. */
    public static int fld80(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        e.significand = Mem.read64(c, Ea.of(c, d, 8, false));
        e.signExp = (int) Mem.read16(c, Ea.of(c, d, 8, 2, false));
        return push(c, d, e);
    }

    /** FBLD. */
    public static int fbld(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        long low = Mem.read64(c, Ea.of(c, d, 8, false));
        PackedDecimal.load(e, low, (int) Mem.read16(c, Ea.of(c, d, 8, 2, false)));
        return push(c, d, e);
    }

    /** FILD m16. */
    public static int fild16(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (short) Mem.read16(c, Ea.of(c, d, 2, false)));
        return push(c, d, e);
    }

    /** FILD m32. */
    public static int fild32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        return push(c, d, e);
    }

    /** FILD m64. */
    public static int fild64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, Mem.read64(c, Ea.of(c, d, 8, false)));
        return push(c, d, e);
    }

    /** FLD ST(i). */
    public static int fld(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        int b = X87.st(c, d.modrm & 7);
        e.signExp = c.fpSignExp[b];
        e.significand = c.fpSignificand[b];
        if (X87.empty(c, b)) {
            X87.pointers(c, d);
            if (X87.stackFault(c, false)) {
                X87.move(c, -1);
                X87.set(c, X87.top(c), F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
            }
            return Outcome.NEXT;
        }
        return push(c, d, e);
    }

    /**
     * FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ by ModRM.rm. The processor knows the constants to more than 64 bits
     * and rounds them by the rounding control, whatever the precision control (SDM vol. 1, 8.3.8).
     */
    public static int constant(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        boolean down = e.rounding == FpEnv.DOWN || e.rounding == FpEnv.TRUNCATE;
        switch (d.modrm & 7) {
            case 0 -> set(e, 0x3FFF, Long.MIN_VALUE);
            case 1 -> set(e, 0x4000, 0xD49A784BCD1B8AFEL + (e.rounding == FpEnv.UP ? 1 : 0));
            case 2 -> set(e, 0x3FFF, 0xB8AA3B295C17F0BCL - (down ? 1 : 0));
            case 3 -> set(e, 0x4000, 0xC90FDAA22168C235L - (down ? 1 : 0));
            case 4 -> set(e, 0x3FFD, 0x9A209A84FBCFF799L - (down ? 1 : 0));
            case 5 -> set(e, 0x3FFE, 0xB17217F7D1CF79ACL - (down ? 1 : 0));
            default -> set(e, 0, 0);
        }
        return push(c, d, e);
    }

    private static void set(FpEnv e, int signExp, long significand) {
        e.signExp = signExp;
        e.significand = significand;
    }

    /** FXCH. */
    public static int fxch(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        boolean fault = X87.empty(c, a) || X87.empty(c, b);
        if (fault) {
            if (!X87.stackFault(c, false)) {
                return Outcome.NEXT;
            }
            for (int r : new int[] {a, b}) {
                if (X87.empty(c, r)) {
                    X87.set(c, r, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
                }
            }
        } else {
            X87.clearC1(c);
        }
        int signExp = c.fpSignExp[a];
        long significand = c.fpSignificand[a];
        X87.set(c, a, c.fpSignExp[b], c.fpSignificand[b]);
        X87.set(c, b, signExp, significand);
        return Outcome.NEXT;
    }

    /** FFREE. */
    public static int ffree(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        X87.clearC1(c);
        X87.free(c, X87.st(c, d.modrm & 7));
        return Outcome.NEXT;
    }

    /** FFREEP, which no manual lists but all processors have. */
    public static int ffreep(Cpu c, Insn d) {
        ffree(c, d);
        X87.pop(c);
        return Outcome.NEXT;
    }

    /** FINCSTP. */
    public static int fincstp(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        X87.clearC1(c);
        X87.move(c, 1);
        return Outcome.NEXT;
    }

    /** FDECSTP. */
    public static int fdecstp(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        X87.clearC1(c);
        X87.move(c, -1);
        return Outcome.NEXT;
    }

    /** FNOP. */
    public static int fnop(Cpu c, Insn d) {
        X87.begin(c, d);
        return Outcome.NEXT;
    }
}
