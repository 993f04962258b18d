package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.ShadowStack;

/** The instructions that manage shadow stacks (SDM vol. 1, 17.2; vol. 2, the pages of the names). */
public final class ShadowStacks {

    /** Of a token: the busy bit of supervisors' tokens, the mode in restore tokens (64-bit), and the mark of previous-SSP tokens. */
    private static final long BUSY = 1;
    private static final long MODE64 = 1;
    private static final long PREVIOUS = 2;

    private ShadowStacks() {}

    private static void require(Cpu c) {
        if (!ShadowStack.enabled(c, c.cpl)) {
            throw c.ud();
        }
    }

    private static void requireSupervisor(Cpu c) {
        if (!c.cr4(Control.CR4_CET) || !c.protectedMode()) {
            throw c.ud();
        }
        if ((c.supervisorCet & ShadowStack.ENABLE) == 0) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
    }

    private static void aligned(Cpu c, long a, int bytes) {
        if ((a & bytes - 1) != 0) {
            throw c.gp();
        }
    }

    private static void carryAlone(Cpu c, boolean carry) {
        Flags.set(c, 1, carry, false, false);
    }

    private static int size(Insn d) {
        return d.opSize == 64 ? 8 : 4;
    }

    /** RDSSP: nothing where shadow stacks are not in use. */
    public static int rdssp(Cpu c, Insn d) {
        if (ShadowStack.enabled(c, c.cpl)) {
            c.gpr(d.rm, size(d) == 8 ? c.ssp : c.ssp & 0xFFFFFFFFL);
        }
        return Outcome.NEXT;
    }

    /** INCSSP: touches the first and the last of what it releases. */
    public static int incssp(Cpu c, Insn d) {
        require(c);
        int size = size(d);
        long count = c.gpr(d.rm) & 0xFF;
        if (count != 0) {
            ShadowStack.read(c, c.ssp, size, c.cpl);
            ShadowStack.read(c, c.ssp + size * (count - 1), size, c.cpl);
        }
        c.ssp += size * count;
        return Outcome.NEXT;
    }

    /** WRSS: a write to a shadow stack of the current level. */
    public static int wrss(Cpu c, Insn d) {
        require(c);
        if ((ShadowStack.control(c, c.cpl) & ShadowStack.ENABLE_WRITES) == 0) {
            throw c.ud();
        }
        return store(c, d, c.cpl);
    }

    /** WRUSS: a write to a user's shadow stack. */
    public static int wruss(Cpu c, Insn d) {
        if (!c.cr4(Control.CR4_CET) || !c.protectedMode()) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        return store(c, d, 3);
    }

    private static int store(Cpu c, Insn d, int cpl) {
        int size = size(d);
        long a = Ea.of(c, d, size, true);
        aligned(c, a, size);
        ShadowStack.write(c, a, size, c.gpr(d.reg), cpl);
        return Outcome.NEXT;
    }

    /** SETSSBSY: takes the stack of IA32_PL0_SSP. */
    public static int setssbsy(Cpu c, Insn d) {
        requireSupervisor(c);
        long ssp = c.levelSsp[0];
        aligned(c, ssp, 8);
        if (!ShadowStack.replace(c, ssp, ssp, ssp | BUSY, 0)) {
            throw ShadowStack.violation(c, ShadowStack.SETSSBSY);
        }
        c.ssp = ssp;
        return Outcome.NEXT;
    }

    /** CLRSSBSY m64: gives a stack back. CF tells of a token that was not busy. */
    public static int clrssbsy(Cpu c, Insn d) {
        requireSupervisor(c);
        long a = Ea.of(c, d, 8, true);
        aligned(c, a, 8);
        boolean valid = ShadowStack.replace(c, a, a | BUSY, a, 0);
        carryAlone(c, !valid);
        c.ssp = 0;
        return Outcome.NEXT;
    }

    /** RSTORSSP m64: goes to another stack, where a restore token lies, and leaves a token of the one before there. */
    public static int rstorssp(Cpu c, Insn d) {
        require(c);
        long a = Ea.of(c, d, 8, true);
        aligned(c, a, 8);
        long mode = c.mode64() ? MODE64 : 0;
        long token = ShadowStack.read(c, a, 8, c.cpl);
        boolean valid = (token & 3) == mode && (mode != 0 || token >>> 32 == 0) && ((token & ~MODE64) - 8 & ~7L) == a;
        if (!valid || !ShadowStack.replace(c, a, token, c.ssp | mode | PREVIOUS, c.cpl)) {
            throw ShadowStack.violation(c, ShadowStack.RSTORSSP);
        }
        c.ssp = a;
        carryAlone(c, (token & 4) != 0);
        return Outcome.NEXT;
    }

    /** SAVEPREVSSP: leaves a restore token on the stack before, which the token on this one tells of. */
    public static int saveprevssp(Cpu c, Insn d) {
        require(c);
        aligned(c, c.ssp, 8);
        long token = ShadowStack.read(c, c.ssp, 8, c.cpl);
        long ssp = c.ssp + 8;
        if (Flags.cf(c)) {
            if (ShadowStack.read(c, ssp, 4, c.cpl) != 0) {
                throw c.gp();
            }
            ssp += 4;
        }
        if ((token & PREVIOUS) == 0 || !c.mode64() && token >>> 32 != 0) {
            throw c.gp();
        }
        long old = token & ~3L;
        ShadowStack.write(c, old - 4, 4, 0, c.cpl);
        ShadowStack.write(c, (old & ~7L) - 8, 8, old | (c.mode64() ? MODE64 : 0), c.cpl);
        c.ssp = ssp;
        return Outcome.NEXT;
    }
}
