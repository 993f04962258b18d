package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.LOW32;

import dev.hv.cpu.state.Cpu;

/**
 * Shuffles across a whole register, extractions and insertions (SDM vol. 2, the pages of the names). Methods with a Cpu and a
 * register number {@code x} write an XMM register; the others make the value of an MMX or general register.
 */
public final class Shuffles {

    private Shuffles() {}

    /** PUNPCKLBW. */
    public static void punpcklbw(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        SseMove.load(c, x, PackedConvert.punpcklbw(a, low), PackedConvert.punpckhbw(a, low));
    }

    /** PUNPCKLWD. */
    public static void punpcklwd(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        SseMove.load(c, x, PackedConvert.punpcklwd(a, low), PackedConvert.punpckhwd(a, low));
    }

    /** PUNPCKLDQ, UNPCKLPS. */
    public static void punpckldq(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        SseMove.load(c, x, PackedConvert.punpckldq(a, low), PackedConvert.punpckhdq(a, low));
    }

    /** PUNPCKLQDQ, UNPCKLPD. */
    public static void punpcklqdq(Cpu c, int x, long low, long high) {
        c.xmm(2 * x + 1, low);
    }

    /** PUNPCKHBW. */
    public static void punpckhbw(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x + 1);
        SseMove.load(c, x, PackedConvert.punpcklbw(a, high), PackedConvert.punpckhbw(a, high));
    }

    /** PUNPCKHWD. */
    public static void punpckhwd(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x + 1);
        SseMove.load(c, x, PackedConvert.punpcklwd(a, high), PackedConvert.punpckhwd(a, high));
    }

    /** PUNPCKHDQ, UNPCKHPS. */
    public static void punpckhdq(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x + 1);
        SseMove.load(c, x, PackedConvert.punpckldq(a, high), PackedConvert.punpckhdq(a, high));
    }

    /** PUNPCKHQDQ, UNPCKHPD. */
    public static void punpckhqdq(Cpu c, int x, long low, long high) {
        SseMove.load(c, x, c.xmm(2 * x + 1), high);
    }

    /** Doubleword {@code i} (two bits) of a 128-bit value. */
    private static long doubleword(long low, long high, int i) {
        return ((i & 2) == 0 ? low : high) >>> 32 * (i & 1) & LOW32;
    }

    /** PSHUFD. */
    public static void pshufd(Cpu c, int x, long low, long high, int imm) {
        SseMove.load(c, x, doubleword(low, high, imm) | doubleword(low, high, imm >> 2) << 32,
                doubleword(low, high, imm >> 4) | doubleword(low, high, imm >> 6) << 32);
    }

    /** PSHUFLW. */
    public static void pshuflw(Cpu c, int x, long low, long high, int imm) {
        SseMove.load(c, x, pshufw(low, imm), high);
    }

    /** PSHUFHW. */
    public static void pshufhw(Cpu c, int x, long low, long high, int imm) {
        SseMove.load(c, x, low, pshufw(high, imm));
    }

    /** PSHUFW. */
    public static long pshufw(long v, int imm) {
        return word(v, imm) | word(v, imm >> 2) << 16 | word(v, imm >> 4) << 32 | word(v, imm >> 6) << 48;
    }

    private static long word(long v, int i) {
        return v >>> 16 * (i & 3) & 0xFFFF;
    }

    /** SHUFPS: two from the destination, two from the source. */
    public static void shufps(Cpu c, int x, long low, long high, int imm) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, doubleword(a, b, imm) | doubleword(a, b, imm >> 2) << 32,
                doubleword(low, high, imm >> 4) | doubleword(low, high, imm >> 6) << 32);
    }

    /** SHUFPD. */
    public static void shufpd(Cpu c, int x, long low, long high, int imm) {
        SseMove.load(c, x, c.xmm(2 * x + (imm & 1)), (imm & 2) == 0 ? low : high);
    }

    /** PSHUFB on MMX registers. */
    public static long pshufb(long a, long select) {
        long r = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            int s = (int) (select >>> shift);
            if ((s & 0x80) == 0) {
                r |= (a >>> 8 * (s & 7) & 0xFF) << shift;
            }
        }
        return r;
    }

    /** PSHUFB on XMM registers. */
    public static void pshufb(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, pick(a, b, low), pick(a, b, high));
    }

    private static long pick(long a, long b, long select) {
        long r = 0;
        for (int shift = 0; shift < 64; shift += 8) {
            int s = (int) (select >>> shift);
            long half = (s & 8) == 0 ? a : b;
            // 0 for selectors with the top bit set, without a branch
            long keep = ~((long) (byte) s >> 7) & 0xFF;
            r |= (half >>> 8 * (s & 7) & keep) << shift;
        }
        return r;
    }

    /** PALIGNR on MMX registers: a above b, shifted right by bytes. */
    public static long palignr(long a, long b, int bytes) {
        return bytes < 8 ? funnel(b, a, bytes) : bytes < 16 ? a >>> 8 * (bytes - 8) : 0;
    }

    /** PALIGNR on XMM registers. */
    public static void palignr(Cpu c, int x, long low, long high, int bytes) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int n = bytes & 7;
        switch (bytes >> 3) {
            case 0 -> SseMove.load(c, x, funnel(low, high, n), funnel(high, a, n));
            case 1 -> SseMove.load(c, x, funnel(high, a, n), funnel(a, b, n));
            case 2 -> SseMove.load(c, x, funnel(a, b, n), b >>> 8 * n);
            case 3 -> SseMove.load(c, x, b >>> 8 * n, 0);
            default -> SseMove.load(c, x, 0, 0);
        }
    }

    /** The word that begins {@code bytes} (0 to 7) above the start of {@code low}, with {@code high} standing above it. */
    private static long funnel(long low, long high, int bytes) {
        int shift = 8 * bytes;
        return low >>> shift | high << 1 << 63 - shift;
    }

    /** PSRLDQ. */
    public static void psrldq(Cpu c, int x, int bytes) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int n = bytes & 7;
        switch (bytes >> 3) {
            case 0 -> SseMove.load(c, x, funnel(a, b, n), b >>> 8 * n);
            case 1 -> SseMove.load(c, x, b >>> 8 * n, 0);
            default -> SseMove.load(c, x, 0, 0);
        }
    }

    /** PSLLDQ. */
    public static void pslldq(Cpu c, int x, int bytes) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int shift = 8 * (bytes & 7);
        switch (bytes >> 3) {
            case 0 -> SseMove.load(c, x, a << shift, b << shift | a >>> 1 >>> 63 - shift);
            case 1 -> SseMove.load(c, x, 0, a << shift);
            default -> SseMove.load(c, x, 0, 0);
        }
    }

    /** PEXTRW from an MMX register. */
    public static long pextrw(Cpu c, long v, int imm) {
        return word(v, imm);
    }

    /** PEXTRW from an XMM register. */
    public static long pextrw(Cpu c, long low, long high, int imm) {
        return word((imm & 4) == 0 ? low : high, imm);
    }

    /** PINSRW into an MMX register. */
    public static long pinsrw(long a, long v, int imm) {
        int shift = 16 * (imm & 3);
        return a & ~(0xFFFFL << shift) | (v & 0xFFFF) << shift;
    }

    /** PINSRW into an XMM register. */
    public static void pinsrw(Cpu c, int x, long v, int imm) {
        int half = 2 * x + (imm >> 2 & 1);
        c.xmm(half, pinsrw(c.xmm(half), v, imm));
    }

    /** PMOVMSKB of an MMX register. */
    public static long pmovmskb(Cpu c, long v) {
        // the product brings bit 8i to bit 56 + i
        return ((v & Lanes.H8) >>> 7) * 0x0102040810204080L >>> 56;
    }

    /** PMOVMSKB of an XMM register. */
    public static long pmovmskb(Cpu c, long low, long high) {
        return pmovmskb(c, low) | pmovmskb(c, high) << 8;
    }

    /** VPMOVMSKB of 256 bits. */
    public static long pmovmskb(Cpu c, long v0, long v1, long v2, long v3) {
        return pmovmskb(c, v0, v1) | pmovmskb(c, v2, v3) << 16;
    }
}
