package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;

/** Instructions that set, clear or move single flags (SDM vol. 2, the pages of the names). */
public final class FlagMoves {

    private static final int LOW = Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF | Rflags.CF;

    private FlagMoves() {}

    /** CMC. */
    public static int cmc(Cpu c, Insn d) {
        Flags.setCf(c, !Flags.cf(c));
        return Outcome.NEXT;
    }

    /** CLC. */
    public static int clc(Cpu c, Insn d) {
        Flags.setCf(c, false);
        return Outcome.NEXT;
    }

    /** STC. */
    public static int stc(Cpu c, Insn d) {
        Flags.setCf(c, true);
        return Outcome.NEXT;
    }

    /** CLD. */
    public static int cld(Cpu c, Insn d) {
        c.rflagsOther(c.rflagsOther() & ~Rflags.DF);
        return Outcome.NEXT;
    }

    /** STD. */
    public static int std(Cpu c, Insn d) {
        c.rflagsOther(c.rflagsOther() | Rflags.DF);
        return Outcome.NEXT;
    }

    /** SAHF: SF ZF AF PF CF from AH; in 64-bit mode only where CPUID says so. */
    public static int sahf(Cpu c, Insn d) {
        check(c, d);
        Flags.load(c, Flags.arithmetic(c) & Rflags.OF | c.gpr(Cpu.RAX) >>> 8 & LOW);
        return Outcome.NEXT;
    }

    /** LAHF: AH from SF ZF AF PF CF. */
    public static int lahf(Cpu c, Insn d) {
        check(c, d);
        long ah = Flags.arithmetic(c) & LOW | Rflags.FIXED;
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFF00L | ah << 8);
        return Outcome.NEXT;
    }

    private static void check(Cpu c, Insn d) {
        if (d.mode64() && !c.model.has(Feature.LAHF64)) {
            throw c.ud();
        }
    }
}
