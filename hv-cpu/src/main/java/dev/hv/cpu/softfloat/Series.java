package dev.hv.cpu.softfloat;

/** Power series in double-double arithmetic, as long as 100 bits ask for. */
final class Series {

    static final double LN2 = 0x1.62e42fefa39efp-1;
    /** What ln 2 has behind the 53 bits of a double. */
    static final double LN2_LOW = 0x1.abc9e3b39803fp-56;
    private static final double LOG2_E = 0x1.71547652b82fep+0;
    private static final double LOG2_E_LOW = 0x1.777d0ffda0d24p-56;

    private Series() {}

    /** sin x into {@code s} for |x| up to about 0.8; {@code square} is room. */
    static void sin(DoubleDouble x, DoubleDouble s, DoubleDouble square) {
        square.set(x).mul(x);
        s.set(1, 0);
        for (int k = 14; k >= 1; k--) {
            s.mul(square).div(-2.0 * k * (2 * k + 1)).add(1);
        }
        s.mul(x);
    }

    /** cos x into {@code s}. */
    static void cos(DoubleDouble x, DoubleDouble s, DoubleDouble square) {
        square.set(x).mul(x);
        s.set(1, 0);
        for (int k = 14; k >= 1; k--) {
            s.mul(square).div(-2.0 * k * (2 * k - 1)).add(1);
        }
    }

    /** x becomes 2^x − 1, for |x| up to 1; {@code t} is room. */
    static void exp2m1(DoubleDouble x, DoubleDouble t) {
        x.mul(LN2, LN2_LOW);
        t.set(1, 0);
        for (int k = 28; k >= 2; k--) {
            t.mul(x).div(k).add(1);
        }
        x.mul(t);
    }

    /** s becomes log2((1 + s) / (1 − s)), for |s| up to about 0.2; {@code square} and {@code t} are room. */
    static void log2(DoubleDouble s, DoubleDouble square, DoubleDouble t) {
        square.set(s).mul(s);
        t.set(1.0, 0).div(51);
        for (int k = 49; k >= 1; k -= 2) {
            t.mul(square);
            plusReciprocal(t, k);
        }
        s.mul(t).mul(2).mul(LOG2_E, LOG2_E_LOW);
    }

    /** t += 1 / k. */
    private static void plusReciprocal(DoubleDouble t, int k) {
        double q = 1.0 / k;
        t.add(q, Math.fma(-q, k, 1) / k);
    }
}
