package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H32;
import static dev.hv.cpu.instructions.Lanes.H8;
import static dev.hv.cpu.instructions.Lanes.LOW32;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;

/** SSE4.1 beyond lane arithmetic: blends, insertions, extractions, PTEST, MPSADBW, PHMINPOSUW (SDM vol. 2, the pages of the names). */
public final class Sse4 {

    /** Four bits to the lowest bits of four words. */
    private static final long SPREAD_NIBBLE = 0x0000200040008001L;
    private static final long WORD_ONES = 0x0001000100010001L;

    private Sse4() {}

    /** PTEST: ZF when the source has no ones of the destination, CF when it has no ones outside it. */
    public static void ptest(Cpu c, long a0, long a1, long b0, long b1) {
        boolean none = (a0 & b0 | a1 & b1) == 0;
        boolean inside = (~a0 & b0 | ~a1 & b1) == 0;
        Flags.load(c, (none ? Rflags.ZF : 0) | (inside ? Rflags.CF : 0));
    }

    /** VPTEST on 256 bits. */
    public static void ptest(Cpu c, long a0, long a1, long a2, long a3, long b0, long b1, long b2, long b3) {
        boolean none = (a0 & b0 | a1 & b1 | a2 & b2 | a3 & b3) == 0;
        boolean inside = (~a0 & b0 | ~a1 & b1 | ~a2 & b2 | ~a3 & b3) == 0;
        Flags.load(c, (none ? Rflags.ZF : 0) | (inside ? Rflags.CF : 0));
    }

    /** PHMINPOSUW: the least word of the source and its index, the lowest of equals. */
    public static void phminposuw(Cpu c, int x, long low, long high) {
        long least = 0xFFFF;
        int index = 0;
        for (int i = 7; i >= 0; i--) {
            long w = (i < 4 ? low : high) >>> 16 * (i & 3) & 0xFFFF;
            if (w <= least) {
                least = w;
                index = i;
            }
        }
        SseMove.load(c, x, least | (long) index << 16, 0);
    }

    /** MPSADBW: eight sums of absolute differences between four bytes of the source and sliding four bytes of the destination. */
    public static void mpsadbw(Cpu c, int x, long low, long high, int imm) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        if ((imm & 4) != 0) {
            // the destination's bytes from the fourth on
            a = a >>> 32 | b << 32;
            b >>>= 32;
        }
        long block = ((imm & 2) == 0 ? low : high) >>> 32 * (imm & 1) & LOW32;
        long r0 = 0;
        long r1 = 0;
        for (int i = 0; i < 4; i++) {
            int shift = 8 * i;
            r0 |= PackedArithmetic.psadbw(a >>> shift & LOW32, block) << 16 * i;
            long upper = a >>> 32 + shift | b << 1 << 31 - shift;
            r1 |= PackedArithmetic.psadbw(upper & LOW32, block) << 16 * i;
        }
        SseMove.load(c, x, r0, r1);
    }

    private static void blend(Cpu c, int x, long low, long high, long maskLow, long maskHigh) {
        SseMove.load(c, x, Lanes.select(maskLow, low, c.xmm(2 * x)), Lanes.select(maskHigh, high, c.xmm(2 * x + 1)));
    }

    /** PBLENDVB: the mask is in XMM0. */
    public static void pblendvb(Cpu c, int x, long low, long high) {
        pblendvb(c, x, low, high, c.xmm(0), c.xmm(1));
    }

    /** VPBLENDVB: the mask is a source. */
    public static void pblendvb(Cpu c, int x, long low, long high, long maskLow, long maskHigh) {
        blend(c, x, low, high, Lanes.fill(maskLow & H8, 8), Lanes.fill(maskHigh & H8, 8));
    }

    /** BLENDVPS: the mask is in XMM0. */
    public static void blendvps(Cpu c, int x, long low, long high) {
        blendvps(c, x, low, high, c.xmm(0), c.xmm(1));
    }

    /** VBLENDVPS: the mask is a source. */
    public static void blendvps(Cpu c, int x, long low, long high, long maskLow, long maskHigh) {
        blend(c, x, low, high, Lanes.fill(maskLow & H32, 32), Lanes.fill(maskHigh & H32, 32));
    }

    /** BLENDVPD: the mask is in XMM0. */
    public static void blendvpd(Cpu c, int x, long low, long high) {
        blendvpd(c, x, low, high, c.xmm(0), c.xmm(1));
    }

    /** VBLENDVPD: the mask is a source. */
    public static void blendvpd(Cpu c, int x, long low, long high, long maskLow, long maskHigh) {
        blend(c, x, low, high, maskLow >> 63, maskHigh >> 63);
    }

    /** BLENDPS. */
    public static void blendps(Cpu c, int x, long low, long high, int imm) {
        blend(c, x, low, high, pairMask(imm), pairMask(imm >> 2));
    }

    private static long pairMask(int bits) {
        return -(bits & 1L) & LOW32 | -(bits >> 1 & 1L) << 32;
    }

    /** BLENDPD. */
    public static void blendpd(Cpu c, int x, long low, long high, int imm) {
        blend(c, x, low, high, -(imm & 1L), -(imm >> 1 & 1L));
    }

    /** PBLENDW. */
    public static void pblendw(Cpu c, int x, long low, long high, int imm) {
        blend(c, x, low, high, wordMask(imm & 15), wordMask(imm >> 4 & 15));
    }

    private static long wordMask(long bits) {
        return (bits * SPREAD_NIBBLE & WORD_ONES) * 0xFFFF;
    }

    /** INSERTPS from memory: the source doubleword, and zeroes where bits 3:0 say so. */
    public static void insertps(Cpu c, int x, long v, int imm) {
        int half = 2 * x + (imm >> 5 & 1);
        int shift = 32 * (imm >> 4 & 1);
        c.xmm(half, c.xmm(half) & ~(LOW32 << shift) | v << shift);
        c.xmm(2 * x, c.xmm(2 * x) & (~pairMask(imm)));
        c.xmm(2 * x + 1, c.xmm(2 * x + 1) & (~pairMask(imm >> 2)));
    }

    /** INSERTPS from a register: bits 7:6 choose the source doubleword. */
    public static void insertps(Cpu c, int x, long low, long high, int imm) {
        insertps(c, x, pextr32(c, low, high, imm >> 6), imm);
    }

    /** PEXTRB. */
    public static long pextrb(Cpu c, long low, long high, int imm) {
        return ((imm & 8) == 0 ? low : high) >>> 8 * (imm & 7) & 0xFF;
    }

    /** PEXTRD, EXTRACTPS. */
    public static long pextr32(Cpu c, long low, long high, int imm) {
        return ((imm & 2) == 0 ? low : high) >>> 32 * (imm & 1) & LOW32;
    }

    /** PEXTRQ. */
    public static long pextr64(Cpu c, long low, long high, int imm) {
        return (imm & 1) == 0 ? low : high;
    }

    /** PINSRB. */
    public static void pinsrb(Cpu c, int x, long v, int imm) {
        int half = 2 * x + (imm >> 3 & 1);
        int shift = 8 * (imm & 7);
        c.xmm(half, c.xmm(half) & ~(0xFFL << shift) | (v & 0xFF) << shift);
    }

    /** PINSRD. */
    public static void pinsr32(Cpu c, int x, long v, int imm) {
        int half = 2 * x + (imm >> 1 & 1);
        int shift = 32 * (imm & 1);
        c.xmm(half, c.xmm(half) & ~(LOW32 << shift) | v << shift);
    }

    /** PINSRQ. */
    public static void pinsr64(Cpu c, int x, long v, int imm) {
        c.xmm(2 * x + (imm & 1), v);
    }
}
