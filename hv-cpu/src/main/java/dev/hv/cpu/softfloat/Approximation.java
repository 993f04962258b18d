package dev.hv.cpu.softfloat;

/**
 * RCPPS and RSQRTPS of one element (SDM vol. 2B): relative error below 1.5 · 2^−12, no exceptions, denormals as zeros on both
 * sides whatever MXCSR says. Processors differ in the bits; these are those of AMD's ({@link ReciprocalTable}).
 */
public final class Approximation {

    private static final int SIGN = Integer.MIN_VALUE;
    private static final int INFINITY = 0x7F800000;
    private static final int QUIET = 0x400000;
    private static final int BIAS = 127;
    private static final int FRACTION = 23;
    private static final int SMALLEST = 0x800000;

    private Approximation() {}

    /** 1 / v. */
    public static int reciprocal(int v) {
        int m = v & Integer.MAX_VALUE;
        if (m > INFINITY) {
            return v | QUIET;
        }
        if (m < SMALLEST) {
            return v & SIGN | INFINITY;
        }
        int r = ReciprocalTable.RECIPROCAL.at(v) - ((m >> FRACTION) - BIAS << FRACTION);
        // too small to be normal, or 1 / infinity
        return m == INFINITY || r < SMALLEST ? v & SIGN : v & SIGN | r;
    }

    /** 1 / √v. */
    public static int reciprocalRoot(int v) {
        int m = v & Integer.MAX_VALUE;
        if (m > INFINITY) {
            return v | QUIET;
        }
        if (m < SMALLEST) {
            return v & SIGN | INFINITY;
        }
        if (v < 0) {
            return F32.INDEFINITE;
        }
        int exponent = (m >> FRACTION) - BIAS;
        ReciprocalTable table = (exponent & 1) == 0 ? ReciprocalTable.ROOT : ReciprocalTable.ROOT_OF_DOUBLE;
        return m == INFINITY ? 0 : table.at(v) - (exponent >> 1 << FRACTION);
    }
}
