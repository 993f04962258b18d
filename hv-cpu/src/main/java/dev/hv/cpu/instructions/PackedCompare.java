package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H16;
import static dev.hv.cpu.instructions.Lanes.H32;
import static dev.hv.cpu.instructions.Lanes.H8;

/** Packed comparisons, minima and maxima of one 64-bit half (SDM vol. 2, the pages of the names). {@code a} is the destination, {@code b} the source. */
public final class PackedCompare {

    private PackedCompare() {}

    /** PCMPEQB. */
    public static long pcmpeqb(long a, long b) {
        return Lanes.fill(Lanes.zero(a ^ b, H8), 8);
    }

    /** PCMPEQW. */
    public static long pcmpeqw(long a, long b) {
        return Lanes.fill(Lanes.zero(a ^ b, H16), 16);
    }

    /** PCMPEQD. */
    public static long pcmpeqd(long a, long b) {
        return Lanes.fill(Lanes.zero(a ^ b, H32), 32);
    }

    /** PCMPEQQ. */
    public static long pcmpeqq(long a, long b) {
        return a == b ? -1 : 0;
    }

    /** PCMPGTB. */
    public static long pcmpgtb(long a, long b) {
        return above(a ^ H8, b ^ H8, H8, 8);
    }

    /** PCMPGTW. */
    public static long pcmpgtw(long a, long b) {
        return above(a ^ H16, b ^ H16, H16, 16);
    }

    /** PCMPGTD. */
    public static long pcmpgtd(long a, long b) {
        return above(a ^ H32, b ^ H32, H32, 32);
    }

    /** PCMPGTQ. */
    public static long pcmpgtq(long a, long b) {
        return a > b ? -1 : 0;
    }

    /** Lanes of ones where a is above b, unsigned. Signed numbers compare so with their signs turned over. */
    private static long above(long a, long b, long h, int width) {
        return Lanes.fill(Lanes.below(b, a, h), width);
    }

    /** PMINUB. */
    public static long pminub(long a, long b) {
        return Lanes.select(above(a, b, H8, 8), b, a);
    }

    /** PMAXUB. */
    public static long pmaxub(long a, long b) {
        return Lanes.select(above(a, b, H8, 8), a, b);
    }

    /** PMINSB. */
    public static long pminsb(long a, long b) {
        return Lanes.select(above(a ^ H8, b ^ H8, H8, 8), b, a);
    }

    /** PMAXSB. */
    public static long pmaxsb(long a, long b) {
        return Lanes.select(above(a ^ H8, b ^ H8, H8, 8), a, b);
    }

    /** PMINUW. */
    public static long pminuw(long a, long b) {
        return Lanes.select(above(a, b, H16, 16), b, a);
    }

    /** PMAXUW. */
    public static long pmaxuw(long a, long b) {
        return Lanes.select(above(a, b, H16, 16), a, b);
    }

    /** PMINSW. */
    public static long pminsw(long a, long b) {
        return Lanes.select(above(a ^ H16, b ^ H16, H16, 16), b, a);
    }

    /** PMAXSW. */
    public static long pmaxsw(long a, long b) {
        return Lanes.select(above(a ^ H16, b ^ H16, H16, 16), a, b);
    }

    /** PMINUD. */
    public static long pminud(long a, long b) {
        return Lanes.select(above(a, b, H32, 32), b, a);
    }

    /** PMAXUD. */
    public static long pmaxud(long a, long b) {
        return Lanes.select(above(a, b, H32, 32), a, b);
    }

    /** PMINSD. */
    public static long pminsd(long a, long b) {
        return Lanes.select(above(a ^ H32, b ^ H32, H32, 32), b, a);
    }

    /** PMAXSD. */
    public static long pmaxsd(long a, long b) {
        return Lanes.select(above(a ^ H32, b ^ H32, H32, 32), a, b);
    }
}
