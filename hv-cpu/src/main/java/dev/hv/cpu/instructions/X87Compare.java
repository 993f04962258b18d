package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** x87 comparisons, FXAM and FCMOVcc (SDM vol. 2A, the pages of the names). */
public final class X87Compare {

    private static final int CODES = X87.C0 | X87.C2 | X87.C3;

    private X87Compare() {}

    private static void codes(Cpu c, int outcome) {
        c.fsw = c.fsw & ~CODES | switch (outcome) {
            case F64.LESS -> X87.C0;
            case F64.EQUAL -> X87.C3;
            case F64.GREATER -> 0;
            default -> CODES;
        };
    }

    /** Compares ST(0) with a value; pops on request. Condition codes are set even when an unmasked exception keeps the rest back. */
    private static int with(Cpu c, FpEnv e, int signExp, long significand, boolean missing, boolean signal, int pops) {
        int a = X87.top(c);
        boolean done;
        if (missing || X87.empty(c, a)) {
            done = X87.stackFault(c, false);
            codes(c, F64.UNORDERED);
        } else {
            int r = F80.compare(e, c.fpSignExp[a], c.fpSignificand[a], signExp, significand, signal);
            done = X87.note(c, e);
            codes(c, r);
        }
        if (done) {
            for (int i = 0; i < pops; i++) {
                X87.pop(c);
            }
        }
        return Outcome.NEXT;
    }

    private static int register(Cpu c, Insn d, boolean signal, int pops) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int b = X87.st(c, d.modrm & 7);
        return with(c, e, c.fpSignExp[b], c.fpSignificand[b], X87.empty(c, b), signal, pops);
    }

    /** FCOM ST(i). */
    public static int fcom(Cpu c, Insn d) {
        return register(c, d, true, 0);
    }

    /** FCOMP ST(i). */
    public static int fcomp(Cpu c, Insn d) {
        return register(c, d, true, 1);
    }

    /** FCOMPP. */
    public static int fcompp(Cpu c, Insn d) {
        return register(c, d, true, 2);
    }

    /** FUCOM ST(i). */
    public static int fucom(Cpu c, Insn d) {
        return register(c, d, false, 0);
    }

    /** FUCOMP ST(i). */
    public static int fucomp(Cpu c, Insn d) {
        return register(c, d, false, 1);
    }

    /** FUCOMPP. */
    public static int fucompp(Cpu c, Insn d) {
        return register(c, d, false, 2);
    }

    /** FTST. */
    public static int ftst(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        return with(c, e, 0, 0, false, true, 0);
    }

    private static int memory(Cpu c, Insn d, FpEnv e) {
        X87.pointers(c, d);
        return with(c, e, e.signExp, e.significand, false, true, d.modrm >> 3 & 1);
    }

    /** FCOM, FCOMP m32. */
    public static int m32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load32(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        return memory(c, d, e);
    }

    /** FCOM, FCOMP m64. */
    public static int m64(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.load64(e, Mem.read64(c, Ea.of(c, d, 8, false)));
        return memory(c, d, e);
    }

    /** FICOM, FICOMP m32. */
    public static int i32(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (int) Mem.read32(c, Ea.of(c, d, 4, false)));
        return memory(c, d, e);
    }

    /** FICOM, FICOMP m16. */
    public static int i16(Cpu c, Insn d) {
        FpEnv e = X87.begin(c, d);
        F80.loadInteger(e, (short) Mem.read16(c, Ea.of(c, d, 2, false)));
        return memory(c, d, e);
    }

    private static int flags(Cpu c, Insn d, boolean signal, boolean pop) {
        FpEnv e = X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        boolean done;
        int r = F64.UNORDERED;
        if (X87.empty(c, a) || X87.empty(c, b)) {
            done = X87.stackFault(c, false);
        } else {
            r = F80.compare(e, c.fpSignExp[a], c.fpSignificand[a], c.fpSignExp[b], c.fpSignificand[b], signal);
            int c1 = c.fsw & X87.C1;
            done = X87.note(c, e);
            c.fsw |= c1;
        }
        SseFpCompare.flags(c, r);
        if (done && pop) {
            X87.pop(c);
        }
        return Outcome.NEXT;
    }

    /** FCOMI. */
    public static int fcomi(Cpu c, Insn d) {
        return flags(c, d, true, false);
    }

    /** FCOMIP. */
    public static int fcomip(Cpu c, Insn d) {
        return flags(c, d, true, true);
    }

    /** FUCOMI. */
    public static int fucomi(Cpu c, Insn d) {
        return flags(c, d, false, false);
    }

    /** FUCOMIP. */
    public static int fucomip(Cpu c, Insn d) {
        return flags(c, d, false, true);
    }

    /** FXAM: the class in C3, C2 and C0, the sign in C1. */
    public static int fxam(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int se = c.fpSignExp[a];
        long sig = c.fpSignificand[a];
        int biased = se & 0x7FFF;
        int kind;
        if (X87.empty(c, a)) {
            kind = X87.C3 | X87.C0;
        } else if (biased == 0) {
            kind = sig == 0 ? X87.C3 : X87.C3 | X87.C2;
        } else if (sig >= 0) {
            kind = 0;
        } else if (biased == 0x7FFF) {
            kind = sig << 1 == 0 ? X87.C2 | X87.C0 : X87.C0;
        } else {
            kind = X87.C2;
        }
        c.fsw = c.fsw & ~(CODES | X87.C1) | kind | ((se & 0x8000) != 0 ? X87.C1 : 0);
        return Outcome.NEXT;
    }

    /** FCMOVcc: B, E, BE and U by ModRM.reg, negated in opcode DB. */
    public static int fcmov(Cpu c, Insn d) {
        X87.begin(c, d);
        X87.pointers(c, d);
        int a = X87.top(c);
        int b = X87.st(c, d.modrm & 7);
        if (X87.empty(c, a) || X87.empty(c, b)) {
            X87.underflow(c, a);
            return Outcome.NEXT;
        }
        boolean condition = switch (d.modrm >> 3 & 3) {
            case 0 -> Flags.cf(c);
            case 1 -> Flags.zf(c);
            case 2 -> Flags.cf(c) || Flags.zf(c);
            default -> Flags.pf(c);
        };
        if (condition != ((d.opcode & 1) != 0)) {
            X87.set(c, a, c.fpSignExp[b], c.fpSignificand[b]);
        }
        return Outcome.NEXT;
    }
}
