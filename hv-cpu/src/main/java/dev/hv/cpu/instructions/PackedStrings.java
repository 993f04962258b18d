package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;

/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (SDM vol. 1, 12.3; vol. 2A, 4.1): compares two packed strings in one of four ways.
 * The first string (set, ranges, pattern) is the register operand, the second (the text) the register or memory operand.
 */
public final class PackedStrings {

    private static final int WORDS = 1;
    private static final int SIGNED = 2;
    private static final int NEGATIVE = 1 << 4;
    private static final int MASKED = 1 << 5;
    /** Index of the highest instead of the lowest, or a mask of lanes instead of bits. */
    private static final int SELECT = 1 << 6;

    private PackedStrings() {}

    /** PCMPESTRI: lengths in rAX and rDX, index to ECX. */
    public static int pcmpestri(Cpu c, Insn d) {
        index(c, d, explicit(c, d));
        return Outcome.NEXT;
    }

    /** PCMPESTRM: lengths in rAX and rDX, mask to XMM0. */
    public static int pcmpestrm(Cpu c, Insn d) {
        mask(c, d, explicit(c, d));
        return Outcome.NEXT;
    }

    /** PCMPISTRI: strings end at a zero. */
    public static int pcmpistri(Cpu c, Insn d) {
        index(c, d, implicit(c, d));
        return Outcome.NEXT;
    }

    /** PCMPISTRM: strings end at a zero. */
    public static int pcmpistrm(Cpu c, Insn d) {
        mask(c, d, implicit(c, d));
        return Outcome.NEXT;
    }

    /** VPCMPESTRM: mask to YMM0, zero above it. */
    public static int vpcmpestrm(Cpu c, Insn d) {
        pcmpestrm(c, d);
        Ymm.clear(c, 0, 2);
        return Outcome.NEXT;
    }

    /** VPCMPISTRM: mask to YMM0, zero above it. */
    public static int vpcmpistrm(Cpu c, Insn d) {
        pcmpistrm(c, d);
        Ymm.clear(c, 0, 2);
        return Outcome.NEXT;
    }

    private static int explicit(Cpu c, Insn d) {
        int imm = (int) d.imm;
        long low = Xmm.source(c, d);
        long high = c.scratch;
        boolean wide = d.opSize == 64;
        int n = lanes(imm);
        return compare(c, c.xmm(2 * d.reg), c.xmm(2 * d.reg + 1), length(c.gpr(Cpu.RAX), wide, n), low, high,
                length(c.gpr(Cpu.RDX), wide, n), imm);
    }

    private static int implicit(Cpu c, Insn d) {
        int imm = (int) d.imm;
        long low = Xmm.source(c, d);
        long high = c.scratch;
        long a0 = c.xmm(2 * d.reg);
        long a1 = c.xmm(2 * d.reg + 1);
        return compare(c, a0, a1, terminated(a0, a1, imm), low, high, terminated(low, high, imm), imm);
    }

    private static int lanes(int imm) {
        return (imm & WORDS) != 0 ? 8 : 16;
    }

    /** Absolute value of a length register, at most {@code n}. */
    private static int length(long register, boolean wide, int n) {
        long v = wide ? register : (int) register;
        // the least number has no absolute value, but is beyond n all the same
        return v >= n || v <= -n ? n : (int) Math.abs(v);
    }

    private static int terminated(long low, long high, int imm) {
        int n = lanes(imm);
        int i = 0;
        while (i < n && lane(low, high, i, imm & WORDS) != 0) {
            i++;
        }
        return i;
    }

    /** A lane's value, signed or not as the format (bits 1:0 of the immediate) says. */
    private static int lane(long low, long high, int i, int format) {
        return switch (format) {
            case 0 -> (int) ((i < 8 ? low : high) >>> 8 * (i & 7)) & 0xFF;
            case WORDS -> (int) ((i < 4 ? low : high) >>> 16 * (i & 3)) & 0xFFFF;
            case SIGNED -> (byte) ((i < 8 ? low : high) >>> 8 * (i & 7));
            default -> (short) ((i < 4 ? low : high) >>> 16 * (i & 3));
        };
    }

    /** Sets the flags and gives the bits of the result after polarity (IntRes2). */
    private static int compare(Cpu c, long a0, long a1, int lengthA, long b0, long b1, int lengthB, int imm) {
        int n = lanes(imm);
        int format = imm & 3;
        int all = (1 << n) - 1;
        int r = switch (imm >> 2 & 3) {
            case 0 -> equalAny(a0, a1, lengthA, b0, b1, lengthB, format);
            case 1 -> ranges(a0, a1, lengthA, b0, b1, lengthB, format);
            case 2 -> equalEach(a0, a1, lengthA, b0, b1, lengthB, format, n);
            default -> equalOrdered(a0, a1, lengthA, b0, b1, lengthB, format, n);
        };
        if ((imm & NEGATIVE) != 0) {
            r ^= (imm & MASKED) != 0 ? (1 << lengthB) - 1 : all;
        }
        Flags.load(c, (r != 0 ? Rflags.CF : 0) | (lengthB < n ? Rflags.ZF : 0) | (lengthA < n ? Rflags.SF : 0)
                | ((r & 1) != 0 ? Rflags.OF : 0));
        return r;
    }

    private static int equalAny(long a0, long a1, int lengthA, long b0, long b1, int lengthB, int format) {
        int r = 0;
        for (int j = 0; j < lengthB; j++) {
            int b = lane(b0, b1, j, format);
            for (int i = 0; i < lengthA; i++) {
                if (lane(a0, a1, i, format) == b) {
                    r |= 1 << j;
                    break;
                }
            }
        }
        return r;
    }

    private static int ranges(long a0, long a1, int lengthA, long b0, long b1, int lengthB, int format) {
        int r = 0;
        for (int j = 0; j < lengthB; j++) {
            int b = lane(b0, b1, j, format);
            for (int i = 0; i + 1 < lengthA; i += 2) {
                if (lane(a0, a1, i, format) <= b && b <= lane(a0, a1, i + 1, format)) {
                    r |= 1 << j;
                    break;
                }
            }
        }
        return r;
    }

    /** Lanes beyond both strings are equal, lanes beyond one are not. */
    private static int equalEach(long a0, long a1, int lengthA, long b0, long b1, int lengthB, int format, int n) {
        int r = 0;
        for (int i = 0; i < n; i++) {
            boolean inA = i < lengthA;
            boolean inB = i < lengthB;
            if (inA && inB ? lane(a0, a1, i, format) == lane(b0, b1, i, format) : inA == inB) {
                r |= 1 << i;
            }
        }
        return r;
    }

    /** Where the first string begins in the second; it may be cut off by the end of the register, not by the end of the text. */
    private static int equalOrdered(long a0, long a1, int lengthA, long b0, long b1, int lengthB, int format, int n) {
        int r = 0;
        for (int j = 0; j < n; j++) {
            boolean match = true;
            for (int i = 0; match && i < lengthA && i + j < n; i++) {
                match = i + j < lengthB && lane(a0, a1, i, format) == lane(b0, b1, i + j, format);
            }
            if (match) {
                r |= 1 << j;
            }
        }
        return r;
    }

    private static void index(Cpu c, Insn d, int r) {
        int imm = (int) d.imm;
        c.gpr(Cpu.RCX, r == 0 ? lanes(imm) : (imm & SELECT) != 0 ? 31 - Integer.numberOfLeadingZeros(r) : Integer.numberOfTrailingZeros(r));
    }

    private static void mask(Cpu c, Insn d, int r) {
        int imm = (int) d.imm;
        if ((imm & SELECT) == 0) {
            c.xmm(0, r);
            c.xmm(1, 0);
            return;
        }
        int width = (imm & WORDS) != 0 ? 16 : 8;
        int perHalf = 64 / width;
        long ones = (1L << width) - 1;
        for (int half = 0; half < 2; half++) {
            long v = 0;
            for (int i = 0; i < perHalf; i++) {
                v |= -(r >>> half * perHalf + i & 1L) & ones << width * i;
            }
            c.xmm(half, v);
        }
    }
}
