package dev.hv.cpu.softfloat;

/**
 * A number as the unevaluated sum of two doubles, about 104 bits: enough to round the transcendental functions to 64 (T. J. Dekker,
 * "A floating-point technique for extending the available precision"). Operations change the number itself.
 */
final class DoubleDouble {

    double hi;
    double lo;

    DoubleDouble set(double high, double low) {
        hi = high;
        lo = low;
        return this;
    }

    DoubleDouble set(DoubleDouble o) {
        return set(o.hi, o.lo);
    }

    /** Becomes significand · 2^(exp − 63). */
    DoubleDouble set(long significand, int exp) {
        hi = Math.scalb((double) (significand >>> 11), exp - 52);
        lo = Math.scalb((double) (significand & 0x7FF), exp - 63);
        return this;
    }

    private DoubleDouble normalise(double s, double e) {
        hi = s + e;
        lo = e - (hi - s);
        return this;
    }

    DoubleDouble add(double b) {
        return add(b, 0);
    }

    DoubleDouble add(DoubleDouble b) {
        return add(b.hi, b.lo);
    }

    DoubleDouble add(double bh, double bl) {
        double s = hi + bh;
        double t = s - hi;
        double e = hi - (s - t) + (bh - t);
        double s2 = lo + bl;
        double t2 = s2 - lo;
        double e2 = lo - (s2 - t2) + (bl - t2);
        normalise(s, e + s2);
        return normalise(hi, lo + e2);
    }

    DoubleDouble sub(DoubleDouble b) {
        return add(-b.hi, -b.lo);
    }

    DoubleDouble mul(double b) {
        return mul(b, 0);
    }

    DoubleDouble mul(DoubleDouble b) {
        return mul(b.hi, b.lo);
    }

    DoubleDouble mul(double bh, double bl) {
        double p = hi * bh;
        double e = Math.fma(hi, bh, -p) + (hi * bl + lo * bh);
        return normalise(p, e);
    }

    DoubleDouble div(double b) {
        return div(b, 0);
    }

    DoubleDouble div(DoubleDouble b) {
        return div(b.hi, b.lo);
    }

    DoubleDouble div(double bh, double bl) {
        double q = hi / bh;
        double r = Math.fma(-q, bh, hi) + lo - q * bl;
        double q2 = r / bh;
        double r2 = Math.fma(-q2, bh, r) - q2 * bl;
        normalise(q, q2);
        return normalise(hi, lo + r2 / bh);
    }

    /** What the last of so many significant bits is worth. */
    double unit(int bits) {
        int exp = Math.getExponent(hi);
        if (lo != 0 && hi == Math.scalb(Math.signum(hi), exp) && lo < 0 == hi > 0) {
            exp--;
        }
        return Math.scalb(1.0, exp - bits + 1);
    }

    /** Rounds to so many significant bits, to the nearest, halves to even. */
    DoubleDouble round(int bits) {
        double unit = unit(bits);
        lo = Math.rint(lo / unit) * unit;
        return add(0);
    }

    DoubleDouble negate() {
        return set(-hi, -lo);
    }
}
