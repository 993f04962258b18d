package dev.hv.cpu.softfloat;

/**
 * FSIN, FCOS, FPTAN and FPATAN, rounded from about 100 bits after arguments were reduced by π of 66 bits (SDM vol. 1, 8.3.8 … 8.3.10).
 * Arguments of 2^63 and more are left alone ({@link FpEnv#partial}).
 */
public final class Trigonometry {

    public static final int SIN = 0;
    public static final int COS = 1;
    public static final int TAN = 2;

    /** π / 2 as processors know it, 66 bits, in units of 2^−65 (SDM vol. 1, 8.3.8). */
    private static final long HALF_PI_HIGH = 3;
    private static final long HALF_PI_LOW = 0x243F6A8885A308D3L;
    private static final double PI = 0x1.921fb54442d18p+1;
    private static final double PI_LOW = 0x1.1a62633145c07p-53;
    /** Below 2^−40 the cubic term is less than a half unit of 64 bits. */
    private static final int LINEAR = -40;

    static final int LEAST_NORMAL = -16382;
    /** Below 2^−34 AMD's processors take for the angle its tangent, of which they know 69 bits. */
    private static final int AMD_SMALL = -34;

    private Trigonometry() {}

    /** The function {@link #SIN}, {@link #COS} or {@link #TAN} of a number. */
    public static void function(FpEnv e, int function, int signExp, long sig) {
        e.precision = 64;
        if (F80.special(e, signExp, sig, signExp, sig)) {
            return;
        }
        Unpacked a = e.a;
        Unpacked r = e.r;
        a.unpack80(signExp, sig);
        if (a.kind == Unpacked.INFINITE) {
            F80.invalid(e);
            return;
        }
        if (a.kind == Unpacked.FINITE && a.exp >= 63) {
            e.partial = true;
            F80.result(e, signExp, sig);
            return;
        }
        if (a.denormal) {
            e.flags |= FpEnv.DE;
        }
        if (a.kind == Unpacked.ZERO) {
            if (function == COS) {
                r.unpackInteger(1);
            } else {
                r.copy(a);
            }
        } else if (a.exp < LINEAR && !e.amd) {
            // what is missing lies below what Intel's processors calculate with: no rounding mode sees it, though the result counts as inexact
            if (function == COS) {
                r.unpackInteger(1);
            } else {
                r.copy(a);
                e.flags |= a.exp < LEAST_NORMAL ? FpEnv.UE : 0;
            }
            Rounding.round80(e);
            e.flags |= FpEnv.PE;
            Rounding.pack80(e);
            return;
        } else if (a.exp < LINEAR && function == TAN) {
            SixtyEight.tangent(e, a);
            return;
        } else if (a.exp < LINEAR) {
            if (function == COS) {
                // just below 1
                r.normalise(-1, -1);
                r.negative = false;
                r.low = -1;
            } else {
                r.copy(a);
                r.wide(a.negative, a.exp, a.sig - 1, -1);
            }
        } else {
            compute(e, function, a.negative);
            return;
        }
        Rounding.round80(e);
        Rounding.pack80(e);
    }

    private static void compute(FpEnv e, int function, boolean negative) {
        int quadrant = reduce(e);
        boolean odd = (quadrant & 1) != 0;
        boolean minus;
        if (function == TAN) {
            Series.sin(e.x, e.y, e.z);
            Series.cos(e.x, e.w, e.z);
            if (odd) {
                e.x.set(e.w).div(e.y).negate();
            } else {
                e.x.set(e.y).div(e.w);
            }
            minus = negative;
        } else {
            int q = function == COS ? quadrant + 1 : quadrant;
            sine(e, (q & 1) != 0);
            e.x.set(e.y);
            minus = (q & 2) != 0 ^ (function == SIN && negative);
        }
        if (minus) {
            e.x.negate();
        }
        Transcendental.finish(e, e.x, 0);
    }

    /** sin x or cos x into y. */
    private static void sine(FpEnv e, boolean cosine) {
        if (!e.amd && Math.abs(e.x.hi) >= 0.25) {
            boolean minus = e.x.hi < 0;
            if (minus) {
                e.x.negate();
            }
            SixtySeven.sine(e, cosine);
            if (minus && !cosine) {
                e.y.negate();
            }
        } else if (cosine) {
            Series.cos(e.x, e.y, e.z);
        } else {
            Series.sin(e.x, e.y, e.z);
        }
    }

    /** Reduces |a| into x, from −π/4 to π/4; the quadrant is returned. */
    private static int reduce(FpEnv e) {
        Unpacked a = e.a;
        if (a.exp < -1) {
            e.x.set(a.sig, a.exp);
            return 0;
        }
        // long division in units of 2^−65; the rest has up to 67 bits
        long high = 0;
        long low = 0;
        int quadrant = 0;
        for (int i = 65 + a.exp; i >= 0; i--) {
            int place = i - a.exp - 2;
            long bit = place >= 0 ? a.sig >>> place & 1 : 0;
            high = high << 1 | low >>> 63;
            low = low << 1 | bit;
            quadrant <<= 1;
            if (high > HALF_PI_HIGH || high == HALF_PI_HIGH && Long.compareUnsigned(low, HALF_PI_LOW) >= 0) {
                high -= HALF_PI_HIGH + (Long.compareUnsigned(low, HALF_PI_LOW) < 0 ? 1 : 0);
                low -= HALF_PI_LOW;
                quadrant |= 1;
            }
        }
        e.x.set(low, -2).add(Math.scalb((double) high, -1));
        if (e.x.hi > PI / 4) {
            quadrant++;
            e.y.set(HALF_PI_LOW, -2).add(Math.scalb((double) HALF_PI_HIGH, -1));
            e.x.sub(e.y);
        }
        return quadrant & 3;
    }

    /** The angle of the point (x, y). */
    public static void atan2(FpEnv e, int yse, long ysig, int xse, long xsig) {
        e.precision = 64;
        if (F80.special(e, yse, ysig, xse, xsig)) {
            return;
        }
        Unpacked y = e.a;
        Unpacked x = e.b;
        y.unpack80(yse, ysig);
        x.unpack80(xse, xsig);
        e.denormals();
        boolean negative = y.negative;
        int apart = y.exp - x.exp;
        if (y.kind == Unpacked.INFINITE && x.kind == Unpacked.INFINITE) {
            angle(e, x.negative ? 0.75 : 0.25, negative);
        } else if (y.kind == Unpacked.INFINITE || x.kind == Unpacked.ZERO && y.kind != Unpacked.ZERO || y.kind == Unpacked.FINITE && x.kind == Unpacked.FINITE && apart > 70) {
            angle(e, 0.5, negative);
        } else if (y.kind == Unpacked.ZERO || x.kind == Unpacked.INFINITE) {
            if (x.negative) {
                angle(e, 1, negative);
            } else {
                e.r.zero(negative);
                Rounding.pack80(e);
            }
        } else if (!e.amd && !x.negative && apart - (Long.compareUnsigned(y.sig, x.sig) < 0 ? 1 : 0) < LINEAR) {
            SixtySeven.smallAngle(e, y, x);
        } else if (apart < (e.amd && !x.negative ? AMD_SMALL : -70)) {
            if (x.negative) {
                angle(e, 1, negative);
            } else {
                Arithmetic.quotient(e.r, y, x, negative);
                // the angle is a little less than its tangent
                e.r.low = fiveBits(e.r.sig, y.sig, x.sig);
                e.r.wide(negative, e.r.exp, e.r.low == 0 ? e.r.sig - 1 : e.r.sig, e.r.low - 1 | 1);
                Rounding.round80(e);
                Rounding.pack80(e);
            }
        } else {
            octants(e, y, x, apart);
            if (negative) {
                e.x.negate();
            }
            Transcendental.finish(e, e.x, 0);
        }
    }

    /** The five bits behind the 64 of a quotient, at the upper end. */
    static long fiveBits(long quotient, long dividend, long divisor) {
        long low = Long.compareUnsigned(dividend, divisor) < 0 ? 0 : dividend << 63;
        long rest = low - quotient * divisor;
        return Wide.divide(rest >>> 59, rest << 5, divisor) << 59;
    }

    private static void angle(FpEnv e, double halfTurns, boolean negative) {
        e.x.set(PI, PI_LOW).mul(negative ? -halfTurns : halfTurns);
        Transcendental.finish(e, e.x, 0);
    }

    /** The angle of (x, |y|) into x: a double's estimate, corrected by the angle that is left. */
    private static void octants(FpEnv e, Unpacked y, Unpacked x, int apart) {
        e.u.set(y.sig, apart);
        e.v.set(x.sig, 0);
        boolean swap = e.u.hi > e.v.hi;
        if (swap) {
            e.x.set(e.u);
            e.u.set(e.v);
            e.v.set(e.x);
        }
        if (!e.amd) {
            SixtySeven.arctangent(e, swap ? x : y, swap ? y : x);
            if (swap) {
                e.x.negate().add(SixtySeven.PI / 2, SixtySeven.PI_LOW / 2);
            }
            if (x.negative) {
                e.x.negate().add(SixtySeven.PI, SixtySeven.PI_LOW);
            }
            return;
        }
        double estimate = Math.atan(e.u.hi / e.v.hi);
        e.x.set(estimate, 0);
        Series.sin(e.x, e.y, e.z);
        Series.cos(e.x, e.w, e.z);
        // tan of what is left is (u cos − v sin) / (v cos + u sin); its cube is below 2^−150
        e.x.set(e.u).mul(e.w);
        e.z.set(e.v).mul(e.y);
        e.x.sub(e.z);
        e.v.mul(e.w);
        e.u.mul(e.y);
        e.v.add(e.u);
        e.x.div(e.v).add(estimate);
        if (swap) {
            e.x.negate().add(PI / 2, PI_LOW / 2);
        }
        if (x.negative) {
            e.x.negate().add(PI, PI_LOW);
        }
    }
}
