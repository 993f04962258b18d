package dev.hv.cpu.softfloat;

/**
 * RCPPS and RSQRTPS of one element (SDM vol. 2B): relative error below 1.5 · 2^−12, no exceptions, denormals as zeros on both
 * sides whatever MXCSR says. Processors differ in the bits: AMD's have tables ({@link ReciprocalTable}); those of Intel give the exact value for the
 * middle of the interval of arguments that share their upper bits, rounded to 13 bits, as reading all results from silicon (family 6) told.
 */
public final class Approximation {

    private static final int SIGN = Integer.MIN_VALUE;
    private static final int INFINITY = 0x7F800000;
    private static final int QUIET = 0x400000;
    private static final int BIAS = 127;
    private static final int FRACTION = 23;
    private static final int HALF = 0x3F000000;
    private static final int SMALLEST = 0x800000;

    private Approximation() {}

    /** 1 / v. */
    public static int reciprocal(boolean intel, int v) {
        int m = v & Integer.MAX_VALUE;
        if (m > INFINITY) {
            return v | QUIET;
        }
        if (m < SMALLEST) {
            return v & SIGN | INFINITY;
        }
        int r = (intel ? reciprocalOfMiddle(v) : ReciprocalTable.RECIPROCAL.at(v)) - ((m >> FRACTION) - BIAS << FRACTION);
        // too small to be normal, or 1 / infinity
        return m == INFINITY || r < SMALLEST ? v & SIGN : v & SIGN | r;
    }

    /** 1 / √v. */
    public static int reciprocalRoot(boolean intel, int v) {
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
        return m == INFINITY ? 0 : (intel ? rootOfMiddle(v, exponent & 1) : table.at(v)) - (exponent >> 1 << FRACTION);
    }

    /** 8192 / x, rounded, for x in the middle of one of 2048 intervals from 1 to 2. */
    private static int reciprocalOfMiddle(int v) {
        int middle = 4097 + (v >> 12 & 0x7FF) * 2;
        return significand((2 * 8192 * 4096 + middle) / (2 * middle));
    }

    /** 8192 / √x, rounded, for x in the middle of one of 1024 intervals from 1 to 2, or from 2 to 4; none is near a half. */
    private static int rootOfMiddle(int v, int odd) {
        double middle = (2049 + (v >> 13 & 0x3FF) * 2) / 2048.0;
        return significand((int) (8192 / Math.sqrt(odd == 0 ? middle : 2 * middle) + 0.5));
    }

    /** A number from 4096 to 8191, over 8192. */
    private static int significand(int n) {
        return HALF + (n - 4096 << 11);
    }
}
