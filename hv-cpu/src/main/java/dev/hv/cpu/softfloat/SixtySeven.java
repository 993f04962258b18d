package dev.hv.cpu.softfloat;

/**
 * What Intel's processors calculate transcendental functions with: 67 bits, where logarithms, quotients and constants are cut or rounded before the last step, which
 * is exact. Found by comparing results and C1 with silicon (family 6, model 167) under all rounding modes; where their series have errors of their own, these are not known.
 */
final class SixtySeven {

    /** Bits of an intermediate result. */
    private static final int BITS = 67;
    /** 2^-65: below it FYL2XP1 is linear. */
    static final int LINEAR = -65;
    /** 2^-68: below it F2XM1 is linear. */
    static final int LINEAR_EXPONENTIAL = -68;
    /** ln 2, cut, and log2 e, rounded to 68 bits. */
    private static final double LN2 = 0x1.62e42fefa39efp-1;
    private static final double LN2_LOW = 0x1.abcp-56;
    private static final double LOG2_E = 0x1.71547652b82fep+0;
    private static final double LOG2_E_LOW = 0x1.778p-56;
    /** π of 66 bits (SDM vol. 1, 8.3.8). */
    static final double PI = 0x1.921fb54442d18p+1;
    static final double PI_LOW = 0x1.1a6p-53;
    /** Tables of sines and arctangents have an entry for each 1/32, those of sines from a half on one for each 1/16. */
    private static final double STEP = 1.0 / 32;

    private SixtySeven() {}

    /** Cuts what lies behind 67 bits. */
    private static void cut(DoubleDouble v) {
        cut(v, BITS);
    }

    private static void cut(DoubleDouble v, int bits) {
        if (v.hi == 0) {
            return;
        }
        double unit = v.unit(bits);
        double parts = v.lo / unit;
        v.lo = (v.hi > 0 ? Math.floor(parts) : Math.ceil(parts)) * unit;
        v.add(0);
    }

    /** x becomes 2^x − 1 where the linear part is all of it. */
    static void timesLn2(DoubleDouble x) {
        x.mul(LN2, LN2_LOW);
    }

    /** x becomes log2(x + 1) where the linear part is all of it. */
    static void toLog2(DoubleDouble x) {
        x.mul(LOG2_E, LOG2_E_LOW);
        cut(x);
    }

    /** x becomes 2^x − 1, for |x| below a quarter: the product with ln 2 as the processor knows it is exact, and what is added to it is cut, downwards, below that product's 67 bits. */
    static void exp2m1(FpEnv e) {
        boolean negative = e.x.hi < 0;
        e.w.set(e.x);
        Series.exp2m1(e.x, e.y);
        e.y.set(e.w).mul(Series.LN2, Series.LN2_LOW);
        e.x.sub(e.y);
        e.w.mul(LN2, LN2_LOW);
        double unit = e.w.unit(BITS);
        if (negative) {
            e.x.negate();
            e.w.negate();
        }
        double whole = Math.floor(e.x.hi / unit);
        e.x.set(whole * unit, e.x.hi / unit == whole ? Math.floor(e.x.lo / unit) * unit : 0).add(e.w);
        if (negative) {
            e.x.negate();
        }
    }

    /** The angle whose tangent is u / v, the quotient of two numbers and from 0 to 1, into x: that of the table, and what is beyond it. */
    static void arctangent(FpEnv e, Unpacked dividend, Unpacked divisor) {
        double q = e.u.hi / e.v.hi;
        double c = q < STEP ? 0 : Math.rint(q / STEP) * STEP;
        if (c == 0) {
            quotient(e.r, dividend, divisor, false);
            e.x.set(e.r.sig, e.r.exp).add(Math.scalb((double) (e.r.low >>> 61), e.r.exp - BITS + 1));
        } else {
            // the tangent of what is beyond the table's angle: (u − c v) / (v + c u)
            e.x.set(e.v).mul(-c).add(e.u);
            e.u.mul(c).add(e.v);
            e.x.div(e.u);
            cut(e.x);
        }
        e.w.set(e.x);
        angle(e);
        if (c != 0) {
            double beyond = e.x.hi;
            double below = e.x.lo;
            e.w.set(c, 0);
            angle(e);
            e.x.round(BITS);
            e.x.add(beyond, below);
        }
    }

    /** The angle whose tangent is w, into x: a double's estimate, corrected by the angle that is left, whose cube is below 2^−150. */
    private static void angle(FpEnv e) {
        double estimate = Math.atan(e.w.hi);
        e.v.set(estimate, 0);
        Series.sin(e.v, e.y, e.z);
        Series.cos(e.v, e.u, e.z);
        e.x.set(e.w).mul(e.u).sub(e.y);
        e.w.mul(e.y).add(e.u);
        e.x.div(e.w).add(estimate);
    }

    /** Ends with the quotient of two numbers: the arctangent of a small one. */
    static void smallAngle(FpEnv e, Unpacked y, Unpacked x) {
        quotient(e.r, y, x, y.negative);
        inexact(e);
    }

    /** A quotient of finite numbers, cut. */
    private static void quotient(Unpacked r, Unpacked y, Unpacked x, boolean negative) {
        Arithmetic.quotient(r, y, x, negative);
        r.low = Trigonometry.fiveBits(r.sig, y.sig, x.sig) >>> 61 << 61;
    }

    /** x, of 67 or 68 bits, into r. */
    private static void exact(FpEnv e) {
        e.a.unpack64(Double.doubleToRawLongBits(e.x.hi), false);
        e.b.unpack64(Double.doubleToRawLongBits(e.x.lo), true);
        Arithmetic.add(e, false);
    }

    /** Rounds r, which is what the processor takes for the result: it knows that it is not. */
    private static void inexact(FpEnv e) {
        Rounding.round80(e);
        e.flags |= FpEnv.PE;
        Rounding.pack80(e);
    }

    /** sin x or cos x, for x from 1/4 to π/4, into y: those of the table's angle, and the angle beyond it. */
    static void sine(FpEnv e, boolean cosine) {
        double step = e.x.hi < 0.5 ? STEP : 2 * STEP;
        double c = Math.rint(e.x.hi / step) * step;
        e.u.set(c, 0);
        Series.sin(e.u, e.y, e.z);
        Series.cos(e.u, e.w, e.z);
        e.y.round(BITS);
        e.w.round(BITS);
        if (cosine) {
            e.u.set(e.y).negate();
            e.y.set(e.w);
            e.w.set(e.u);
        }
        // with s and c of the table: s + (c sin t + s (cos t − 1)), for the cosine c and −s
        e.x.add(-c);
        Series.sin(e.x, e.u, e.z);
        e.w.mul(e.u);
        Series.cos(e.x, e.u, e.z);
        e.u.add(-1).mul(e.y).add(e.w);
        e.y.add(e.u);
    }

    /** Ends with y times the logarithm in x, which is cut, exactly. That of a power of two below 1 is a little less than it should be. */
    static void times(FpEnv e, Unpacked y) {
        if (e.x.hi < 0 && e.x.lo == 0 && e.x.hi == Math.rint(e.x.hi)) {
            e.x.lo = Math.ulp(Math.scalb(-Math.nextUp(e.x.hi), -(BITS - 53)));
        }
        cut(e.x);
        product(e, y);
        inexact(e);
    }

    /** r becomes x, of up to 68 bits, times y, exactly. */
    static void product(FpEnv e, Unpacked y) {
        long sig = y.sig;
        int exp = y.exp;
        boolean negative = y.negative;
        exact(e);
        long tail = e.r.low >>> 60;
        long low = e.r.sig * sig;
        long high = Math.unsignedMultiplyHigh(e.r.sig, sig);
        long rest = tail * sig;
        long more = Math.unsignedMultiplyHigh(tail, sig) << 60 | rest >>> 4;
        low += more;
        high += Long.compareUnsigned(low, more) < 0 ? 1 : 0;
        // the four bits behind the 128 of the product
        long behind = rest & 15;
        exp += e.r.exp + 1;
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low = low << 1 | behind >>> 3;
            behind = behind << 1 & 15;
            exp--;
        }
        e.r.wide(e.r.negative ^ negative, exp, high, low | (behind != 0 ? 1 : 0));
    }
}
