package dev.hv.cpu.softfloat;

/** F2XM1, FYL2X and FYL2XP1, from about 100 bits, rounded where the vendor's processors do ({@link SixtySeven}, {@link SixtyEight}; SDM vol. 2A, the pages of the names). */
public final class Transcendental {

    private static final double ROOT_HALF = 0.7071067811865476;

    private Transcendental() {}

    /** Rounds value · 2^exp, which is not exact. */
    static void finish(FpEnv e, DoubleDouble value, int exp) {
        e.a.unpack64(Double.doubleToRawLongBits(value.hi), false);
        e.b.unpack64(Double.doubleToRawLongBits(value.lo), true);
        Arithmetic.add(e, false);
        e.r.exp += exp;
        e.r.low |= 1;
        Rounding.round80(e);
        Rounding.pack80(e);
    }

    private static void negateIf(DoubleDouble v, boolean negative) {
        if (negative) {
            v.negate();
        }
    }

    /** 2^a − 1, for a from −1 to 1; other arguments, for which nothing is defined, come back. */
    public static void exp2m1(FpEnv e, int signExp, long sig) {
        e.precision = 64;
        if (F80.special(e, signExp, sig, signExp, sig)) {
            return;
        }
        Unpacked a = e.a;
        a.unpack80(signExp, sig);
        if (a.denormal) {
            e.flags |= FpEnv.DE;
        }
        F80.result(e, signExp, sig);
        if (a.kind == Unpacked.INFINITE) {
            if (a.negative) {
                F80.result(e, 0xBFFF, Long.MIN_VALUE);
            }
            return;
        }
        if (a.kind == Unpacked.ZERO || a.exp >= 0) {
            if (a.kind == Unpacked.FINITE && a.exp == 0 && a.sig == Long.MIN_VALUE && a.negative) {
                F80.result(e, 0xBFFE, Long.MIN_VALUE);
            }
            if (a.kind == Unpacked.FINITE) {
                e.flags |= FpEnv.PE;
                e.roundedUp = e.amd && a.exp == 0 && a.sig == Long.MIN_VALUE && !a.negative;
            }
            return;
        }
        boolean small = a.exp < (e.amd ? SixtyEight.LINEAR_EXPONENTIAL : SixtySeven.LINEAR_EXPONENTIAL);
        int exp = small ? a.exp : 0;
        e.x.set(a.sig, small ? 0 : a.exp);
        negateIf(e.x, a.negative);
        if (small) {
            if (e.amd) {
                SixtyEight.timesLn2(e.x);
            } else {
                SixtySeven.timesLn2(e.x);
            }
        } else if (!e.amd && a.exp < -2) {
            SixtySeven.exp2m1(e);
        } else {
            Series.exp2m1(e.x, e.y);
        }
        finish(e, e.x, exp);
    }

    /** y · log2 x. */
    public static void yLog2(FpEnv e, int yse, long ysig, int xse, long xsig) {
        e.precision = 64;
        if (F80.special(e, yse, ysig, xse, xsig)) {
            return;
        }
        Unpacked y = e.a;
        Unpacked x = e.b;
        y.unpack80(yse, ysig);
        x.unpack80(xse, xsig);
        boolean one = x.kind == Unpacked.FINITE && x.exp == 0 && x.sig == Long.MIN_VALUE;
        boolean invalid = x.negative && x.kind != Unpacked.ZERO || y.kind == Unpacked.ZERO && (x.kind == Unpacked.ZERO || x.kind == Unpacked.INFINITE)
                || y.kind == Unpacked.INFINITE && one;
        if (invalid) {
            F80.invalid(e);
            return;
        }
        if (x.kind == Unpacked.ZERO && y.kind == Unpacked.FINITE) {
            e.flags |= FpEnv.ZE;
            e.r.infinite(!y.negative);
            Rounding.pack80(e);
            return;
        }
        e.denormals();
        boolean below = x.kind == Unpacked.ZERO || x.kind == Unpacked.FINITE && x.exp < 0;
        if (x.kind != Unpacked.FINITE || y.kind == Unpacked.INFINITE) {
            e.r.infinite(y.negative ^ below);
        } else if (y.kind == Unpacked.ZERO || one) {
            e.r.zero(y.negative ^ below);
        } else if (x.sig == Long.MIN_VALUE) {
            // a power of two: its logarithm is an integer
            if (!e.amd && x.exp < 0) {
                e.x.set((double) x.exp, 0.0);
                SixtySeven.times(e, y);
                return;
            }
            x.unpackInteger(x.exp);
            Arithmetic.mul(e);
            Rounding.round80(e);
            e.flags |= FpEnv.PE;
        } else {
            e.x.set(x.sig, 0);
            log2(e, x.exp);
            times(e, y);
            return;
        }
        Rounding.pack80(e);
    }

    /** x, from 1 to 2, becomes log2(x) + n. */
    private static void log2(FpEnv e, int n) {
        if (e.x.hi > 2 * ROOT_HALF) {
            e.x.mul(0.5);
            n++;
        }
        e.y.set(e.x).add(1);
        e.x.add(-1).div(e.y);
        Series.log2(e.x, e.y, e.z);
        e.x.add(n);
    }

    /** Ends with x · y. */
    private static void times(FpEnv e, Unpacked y) {
        if (e.amd) {
            SixtyEight.times(e, y);
        } else {
            SixtySeven.times(e, y);
        }
    }

    /** What processors make of a logarithm of zero and less. */
    private static void undefined(FpEnv e, boolean negative, int xse, long xsig) {
        e.denormals();
        if (e.a.kind == Unpacked.FINITE) {
            e.flags |= FpEnv.PE;
            F80.result(e, xse, xsig);
            return;
        }
        if (e.a.kind == Unpacked.ZERO) {
            e.r.zero(negative);
        } else {
            e.r.infinite(negative);
        }
        Rounding.pack80(e);
    }

    /** y · log2(x + 1). */
    public static void yLog2Plus1(FpEnv e, int yse, long ysig, int xse, long xsig) {
        e.precision = 64;
        if (F80.special(e, yse, ysig, xse, xsig)) {
            return;
        }
        Unpacked y = e.a;
        Unpacked x = e.b;
        y.unpack80(yse, ysig);
        x.unpack80(xse, xsig);
        if (x.negative && x.kind == Unpacked.FINITE && x.exp >= 0) {
            undefined(e, x.negative ^ y.negative, xse, xsig);
            return;
        }
        boolean beyond = x.negative && (x.kind == Unpacked.INFINITE || x.kind == Unpacked.FINITE && x.exp >= 0);
        if (beyond || x.kind == Unpacked.ZERO && y.kind == Unpacked.INFINITE || x.kind == Unpacked.INFINITE && y.kind == Unpacked.ZERO) {
            F80.invalid(e);
            return;
        }
        e.denormals();
        if (x.kind == Unpacked.INFINITE || y.kind == Unpacked.INFINITE) {
            e.r.infinite(y.negative ^ x.negative);
            Rounding.pack80(e);
        } else if (x.kind == Unpacked.ZERO || y.kind == Unpacked.ZERO) {
            e.r.zero(y.negative ^ x.negative);
            Rounding.pack80(e);
        } else if (x.exp < (e.amd ? -100 : SixtySeven.LINEAR)) {
            e.x.set(x.sig, 0);
            negateIf(e.x, x.negative);
            if (e.amd) {
                SixtyEight.toLog2(e.x);
            } else {
                SixtySeven.toLog2(e.x);
            }
            int exp = x.exp;
            y.exp += exp;
            times(e, y);
        } else if (x.exp > 110) {
            e.x.set(x.sig, 0);
            log2(e, x.exp);
            times(e, y);
        } else {
            e.x.set(x.sig, x.exp);
            negateIf(e.x, x.negative);
            if (x.exp < -2) {
                e.y.set(e.x).add(2);
                e.x.div(e.y);
                Series.log2(e.x, e.y, e.z);
            } else {
                e.x.add(1);
                int n = Math.getExponent(e.x.hi);
                e.x.mul(Math.scalb(1.0, -n));
                log2(e, n);
            }
            times(e, y);
        }
    }
}
