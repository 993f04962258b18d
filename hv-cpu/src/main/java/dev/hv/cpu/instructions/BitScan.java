package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;

/**
 * Bit scans and counts (SDM vol. 2, "BSF", "BSR", "TZCNT", "LZCNT", "POPCNT"). The scans get the number of the destination
 * register, because a zero source leaves it as it is, upper half included. Processors without the counts run their
 * encodings as scans with a prefix that means nothing.
 */
public final class BitScan {

    private BitScan() {}

    /** Flags of the scans: ZF; the others, undefined, end up clear. */
    private static void onlyZf(Cpu c, boolean zf, boolean cf) {
        // result 0 has PF set: the correction in bits 15:8 clears it
        c.flagResult(zf ? 0 : 1);
        c.flagAux((zf ? 1L << 8 : 0) | (cf ? 3L << 62 : 0));
    }

    /** BSF on words: index of the lowest set bit. */
    public static void bsf16(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, c.gpr(reg) & ~0xFFFFL | Long.numberOfTrailingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** BSR on words: index of the highest set bit. */
    public static void bsr16(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, c.gpr(reg) & ~0xFFFFL | 63 - Long.numberOfLeadingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** TZCNT on words: number of zero bits below the lowest set one; CF for a zero source. */
    public static void tzcnt16(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.BMI1)) {
            bsf16(c, reg, a);
            return;
        }
        long n = Long.numberOfTrailingZeros(a | 1L << 16);
        c.gpr(reg, c.gpr(reg) & ~0xFFFFL | n);
        onlyZf(c, n == 0, a == 0);
    }

    /** LZCNT on words: number of zero bits above the highest set one; CF for a zero source. */
    public static void lzcnt16(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.LZCNT)) {
            bsr16(c, reg, a);
            return;
        }
        long n = Long.numberOfLeadingZeros(a) - 48;
        c.gpr(reg, c.gpr(reg) & ~0xFFFFL | n);
        onlyZf(c, n == 0, a == 0);
    }

    /** POPCNT on words: number of set bits; flags all clear but ZF. */
    public static long popcnt16(Cpu c, long a) {
        onlyZf(c, a == 0, false);
        return Long.bitCount(a);
    }

    /** BSF on doublewords: index of the lowest set bit. */
    public static void bsf32(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, Long.numberOfTrailingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** BSR on doublewords: index of the highest set bit. */
    public static void bsr32(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, 63 - Long.numberOfLeadingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** TZCNT on doublewords: number of zero bits below the lowest set one; CF for a zero source. */
    public static void tzcnt32(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.BMI1)) {
            bsf32(c, reg, a);
            return;
        }
        long n = Long.numberOfTrailingZeros(a | 1L << 32);
        c.gpr(reg, n);
        onlyZf(c, n == 0, a == 0);
    }

    /** LZCNT on doublewords: number of zero bits above the highest set one; CF for a zero source. */
    public static void lzcnt32(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.LZCNT)) {
            bsr32(c, reg, a);
            return;
        }
        long n = Long.numberOfLeadingZeros(a) - 32;
        c.gpr(reg, n);
        onlyZf(c, n == 0, a == 0);
    }

    /** POPCNT on doublewords: number of set bits; flags all clear but ZF. */
    public static long popcnt32(Cpu c, long a) {
        onlyZf(c, a == 0, false);
        return Long.bitCount(a);
    }

    /** BSF on quadwords: index of the lowest set bit. */
    public static void bsf64(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, Long.numberOfTrailingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** BSR on quadwords: index of the highest set bit. */
    public static void bsr64(Cpu c, int reg, long a) {
        if (a != 0) {
            c.gpr(reg, 63 - Long.numberOfLeadingZeros(a));
        }
        onlyZf(c, a == 0, false);
    }

    /** TZCNT on quadwords: number of zero bits below the lowest set one; CF for a zero source. */
    public static void tzcnt64(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.BMI1)) {
            bsf64(c, reg, a);
            return;
        }
        long n = Long.numberOfTrailingZeros(a);
        c.gpr(reg, n);
        onlyZf(c, n == 0, a == 0);
    }

    /** LZCNT on quadwords: number of zero bits above the highest set one; CF for a zero source. */
    public static void lzcnt64(Cpu c, int reg, long a) {
        if (!c.model.has(Feature.LZCNT)) {
            bsr64(c, reg, a);
            return;
        }
        long n = Long.numberOfLeadingZeros(a);
        c.gpr(reg, n);
        onlyZf(c, n == 0, a == 0);
    }

    /** POPCNT on quadwords: number of set bits; flags all clear but ZF. */
    public static long popcnt64(Cpu c, long a) {
        onlyZf(c, a == 0, false);
        return Long.bitCount(a);
    }
}
