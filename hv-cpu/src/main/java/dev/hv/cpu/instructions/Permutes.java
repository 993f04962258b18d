package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** Permutations of AVX and AVX2, insertion and extraction of 128 bits (SDM vol. 2C, the pages of the names). */
public final class Permutes {

    private static final int ZERO = 1 << 3;

    private Permutes() {}

    /** VPERMILPS with a register of selectors, in a lane of 128 bits. */
    public static void permilps(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, doubleword(a, b, low) | doubleword(a, b, low >>> 32) << 32, doubleword(a, b, high) | doubleword(a, b, high >>> 32) << 32);
    }

    private static long doubleword(long a, long b, long i) {
        return ((i & 2) == 0 ? a : b) >>> 32 * (i & 1) & 0xFFFFFFFFL;
    }

    /** VPERMILPD with a register of selectors, in a lane of 128 bits. */
    public static void permilpd(Cpu c, int x, long low, long high) {
        SseMove.load(c, x, c.xmm(2 * x + (int) (low >> 1 & 1)), c.xmm(2 * x + (int) (high >> 1 & 1)));
    }

    /** VPERMILPD with an immediate, in a lane of 128 bits. */
    public static void permilpd(Cpu c, int x, long low, long high, int imm) {
        SseMove.load(c, x, (imm & 1) == 0 ? low : high, (imm & 2) == 0 ? low : high);
    }

    /** VPERM2F128, VPERM2I128. */
    public static void perm2x128(Cpu c, int x, boolean wide, long a0, long a1, long a2, long a3, long b0, long b1, long b2, long b3, int imm) {
        Ymm.set(c, x, choose(imm, a0, a2, b0, b2), choose(imm, a1, a3, b1, b3), choose(imm >> 4, a0, a2, b0, b2), choose(imm >> 4, a1, a3, b1, b3));
    }

    private static long choose(int control, long v0, long v1, long v2, long v3) {
        return (control & ZERO) != 0 ? 0 : quadword(control, v0, v1, v2, v3);
    }

    private static long quadword(int i, long v0, long v1, long v2, long v3) {
        return switch (i & 3) {
            case 0 -> v0;
            case 1 -> v1;
            case 2 -> v2;
            default -> v3;
        };
    }

    /** VPERMQ, VPERMPD. */
    public static void permq(Cpu c, int x, boolean wide, long v0, long v1, long v2, long v3, int imm) {
        Ymm.set(c, x, quadword(imm, v0, v1, v2, v3), quadword(imm >> 2, v0, v1, v2, v3), quadword(imm >> 4, v0, v1, v2, v3), quadword(imm >> 6, v0, v1, v2, v3));
    }

    /** VPERMD, VPERMPS: the first source selects. */
    public static void permd(Cpu c, int x, boolean wide, long i0, long i1, long i2, long i3, long v0, long v1, long v2, long v3) {
        Ymm.set(c, x, pair(i0, v0, v1, v2, v3), pair(i1, v0, v1, v2, v3), pair(i2, v0, v1, v2, v3), pair(i3, v0, v1, v2, v3));
    }

    private static long pair(long selectors, long v0, long v1, long v2, long v3) {
        return element(selectors, v0, v1, v2, v3) | element(selectors >>> 32, v0, v1, v2, v3) << 32;
    }

    private static long element(long i, long v0, long v1, long v2, long v3) {
        return quadword((int) i >> 1, v0, v1, v2, v3) >>> 32 * (i & 1) & 0xFFFFFFFFL;
    }

    /** VINSERTF128, VINSERTI128. */
    public static void insert128(Cpu c, int x, boolean wide, long a0, long a1, long a2, long a3, long low, long high, int imm) {
        if ((imm & 1) == 0) {
            Ymm.set(c, x, low, high, a2, a3);
        } else {
            Ymm.set(c, x, a0, a1, low, high);
        }
    }

    /** VEXTRACTF128, VEXTRACTI128. */
    public static int extract128(Cpu c, Insn d) {
        int from = 2 * ((int) d.imm & 1);
        long low = Ymm.part(c, d.reg, from);
        long high = Ymm.part(c, d.reg, from + 1);
        if (d.isReg) {
            Ymm.set(c, d.rm, low, high);
        } else {
            Mem.write128(c, Ea.of(c, d, 16, true), low, high);
        }
        return Outcome.NEXT;
    }
}
