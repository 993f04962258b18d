package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H16;
import static dev.hv.cpu.instructions.Lanes.H32;
import static dev.hv.cpu.instructions.Lanes.LOW32;

/**
 * Horizontal sums and differences (SDM vol. 2, "PHADDW/PHADDD", "PHADDSW", "PHSUBW/PHSUBD", "PHSUBSW"): the pairs of {@code a} make
 * the low half of the result, those of {@code b} the high half. An MMX register is destination and source so; an XMM half is
 * made of both halves of one operand.
 */
public final class PackedHorizontal {

    private PackedHorizontal() {}

    /** Even words of a in the low half, even words of b in the high half. */
    private static long even(long a, long b) {
        return a & 0xFFFF | a >>> 16 & 0xFFFF0000L | (b & 0xFFFF) << 32 | (b & 0xFFFF00000000L) << 16;
    }

    private static long odd(long a, long b) {
        return even(a >>> 16, b >>> 16);
    }

    /** PHADDW. */
    public static long phaddw(long a, long b) {
        return Lanes.add(even(a, b), odd(a, b), H16);
    }

    /** PHADDSW. */
    public static long phaddsw(long a, long b) {
        return PackedArithmetic.paddsw(even(a, b), odd(a, b));
    }

    /** PHADDD. */
    public static long phaddd(long a, long b) {
        return Lanes.add(a & LOW32 | b << 32, a >>> 32 | b & ~LOW32, H32);
    }

    /** PHSUBW. */
    public static long phsubw(long a, long b) {
        return Lanes.sub(even(a, b), odd(a, b), H16);
    }

    /** PHSUBSW. */
    public static long phsubsw(long a, long b) {
        return PackedArithmetic.psubsw(even(a, b), odd(a, b));
    }

    /** PHSUBD. */
    public static long phsubd(long a, long b) {
        return Lanes.sub(a & LOW32 | b << 32, a >>> 32 | b & ~LOW32, H32);
    }
}
