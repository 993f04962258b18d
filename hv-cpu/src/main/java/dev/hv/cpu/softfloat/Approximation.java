package dev.hv.cpu.softfloat;

/**
 * RCPPS and RSQRTPS of one element (SDM vol. 2B): relative error below 1.5 · 2^−12, no exceptions, denormals as zeros on both
 * sides whatever MXCSR says. Processors differ in the bits; these are the exact values rounded to 12 bits.
 */
public final class Approximation {

    private static final int SIGN = Integer.MIN_VALUE;
    private static final int INFINITY = 0x7F800000;
    private static final int QUIET = 0x400000;
    private static final int KEPT = 0xFFFFF000;

    private Approximation() {}

    private static int shorten(double v) {
        return Float.floatToRawIntBits((float) v) + 0x800 & KEPT;
    }

    /** 1 / v. */
    public static int reciprocal(int v) {
        int m = v & Integer.MAX_VALUE;
        if (m > INFINITY) {
            return v | QUIET;
        }
        if (m < 0x800000) {
            return v & SIGN | INFINITY;
        }
        if (m > 0x7E800000) {
            // infinite, or with a reciprocal too small to be normal
            return v & SIGN;
        }
        return shorten(1.0 / Float.intBitsToFloat(v));
    }

    /** 1 / √v. */
    public static int reciprocalRoot(int v) {
        int m = v & Integer.MAX_VALUE;
        if (m > INFINITY) {
            return v | QUIET;
        }
        if (m < 0x800000) {
            return v & SIGN | INFINITY;
        }
        if (v < 0) {
            return F32.INDEFINITE;
        }
        return m == INFINITY ? 0 : shorten(1.0 / Math.sqrt(Float.intBitsToFloat(v)));
    }
}
