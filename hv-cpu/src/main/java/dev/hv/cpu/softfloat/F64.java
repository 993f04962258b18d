package dev.hv.cpu.softfloat;

/**
 * binary64 arithmetic as SSE does it, on raw bits (SDM vol. 1, 4.8.3 and 11.5; tables 4-7 and 11-1). Rounding to nearest of normal
 * numbers to normal numbers is left to the host, and whether the result was exact is told from the error term; the rest goes
 * by integers.
 */
public final class F64 {

    /** The default NaN. */
    public static final long INDEFINITE = 0xFFF8000000000000L;
    private static final long SIGN = Long.MIN_VALUE;
    private static final long EXPONENT = 0x7FF0000000000000L;
    private static final long QUIET = 0x8000000000000L;
    /** Magnitudes below it leave error terms that are not normal, or are denormal themselves. */
    private static final long SMALL = 0x0700000000000000L;

    private F64() {}

    static boolean nan(long v) {
        return (v & Long.MAX_VALUE) > EXPONENT;
    }

    static boolean signaling(long v) {
        return nan(v) && (v & QUIET) == 0;
    }

    private static boolean denormal(long v) {
        long m = v & Long.MAX_VALUE;
        return m != 0 && m < QUIET << 1;
    }

    /** Can the host be trusted with a number: is it zero, or far from both ends of the range? */
    private static boolean plain(long v) {
        long m = v & Long.MAX_VALUE;
        return m == 0 || m >= SMALL && m < EXPONENT;
    }

    /** As {@link #plain}, for a result: a zero may have come from underflow. */
    private static boolean safe(long v) {
        long m = v & Long.MAX_VALUE;
        return m >= SMALL && m < EXPONENT;
    }

    /** The result when an operand is a NaN: the first one, made quiet, or else the second (SDM vol. 1, table 4-7). */
    private static long nan(FpEnv e, long a, long b) {
        if (signaling(a) || signaling(b)) {
            e.flags |= FpEnv.IE;
        }
        return (nan(a) ? a : b) | QUIET;
    }

    private static void unpack(FpEnv e, long a, long b) {
        e.a.unpack64(a, e.daz);
        e.b.unpack64(b, e.daz);
    }

    private static long finish(FpEnv e, boolean valid) {
        if (!valid) {
            return INDEFINITE;
        }
        Rounding.round64(e);
        return Rounding.pack64(e.r);
    }

    /** a + b. */
    public static long add(FpEnv e, long a, long b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double z = x + y;
            long r = Double.doubleToRawLongBits(z);
            if (safe(r)) {
                if (!e.inexactKnown && !exactSum(x, y, z)) {
                    e.flags |= FpEnv.PE;
                }
                return r;
            }
        }
        if (nan(a) || nan(b)) {
            return nan(e, a, b);
        }
        unpack(e, a, b);
        return finish(e, Arithmetic.add(e, false));
    }

    /** a - b. */
    public static long sub(FpEnv e, long a, long b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double z = x - y;
            long r = Double.doubleToRawLongBits(z);
            if (safe(r)) {
                if (!e.inexactKnown && !exactSum(x, -y, z)) {
                    e.flags |= FpEnv.PE;
                }
                return r;
            }
        }
        if (nan(a) || nan(b)) {
            return nan(e, a, b);
        }
        unpack(e, a, b);
        return finish(e, Arithmetic.add(e, true));
    }

    /** a * b. */
    public static long mul(FpEnv e, long a, long b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double z = x * y;
            long r = Double.doubleToRawLongBits(z);
            if (safe(r)) {
                if (!e.inexactKnown && !exactProduct(x, y, z)) {
                    e.flags |= FpEnv.PE;
                }
                return r;
            }
        }
        if (nan(a) || nan(b)) {
            return nan(e, a, b);
        }
        unpack(e, a, b);
        return finish(e, Arithmetic.mul(e));
    }

    /** a / b. */
    public static long div(FpEnv e, long a, long b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            double x = Double.longBitsToDouble(a);
            double y = Double.longBitsToDouble(b);
            double z = x / y;
            long r = Double.doubleToRawLongBits(z);
            if (safe(r)) {
                if (!e.inexactKnown && !exactQuotient(x, y, z)) {
                    e.flags |= FpEnv.PE;
                }
                return r;
            }
        }
        if (nan(a) || nan(b)) {
            return nan(e, a, b);
        }
        unpack(e, a, b);
        return finish(e, Arithmetic.div(e));
    }

    /**
     * a · b + c, rounded once (SDM vol. 1, 14.5).
     *
     * @param negateProduct −(a · b) instead
     * @param negateAddend − c instead
     */
    public static long mulAdd(FpEnv e, long a, long b, long c, boolean negateProduct, boolean negateAddend) {
        if (e.rounding == FpEnv.NEAREST && e.inexactKnown && plain(a) && plain(b) && plain(c)) {
            long r = Double.doubleToRawLongBits(Math.fma(Double.longBitsToDouble(negateProduct ? a ^ SIGN : a), Double.longBitsToDouble(b), Double.longBitsToDouble(negateAddend ? c ^ SIGN : c)));
            if (safe(r)) {
                return r;
            }
        }
        if (nan(a) || nan(b) || nan(c)) {
            if (signaling(c)) {
                e.flags |= FpEnv.IE;
            }
            return nan(a) || nan(b) ? nan(e, a, b) : nan(e, c, c);
        }
        unpack(e, a, b);
        e.c.unpack64(c, e.daz);
        e.c.negative ^= negateAddend;
        return finish(e, Arithmetic.mulAdd(e, negateProduct));
    }

    /** The square root of a. */
    public static long sqrt(FpEnv e, long a) {
        if (e.rounding == FpEnv.NEAREST && a >= SMALL && a < EXPONENT) {
            double x = Double.longBitsToDouble(a);
            double z = (double) Math.sqrt(x);
            if (!e.inexactKnown && !exactRoot(x, z)) {
                e.flags |= FpEnv.PE;
            }
            return Double.doubleToRawLongBits(z);
        }
        if (nan(a)) {
            return nan(e, a, a);
        }
        unpack(e, 0, a);
        return finish(e, Arithmetic.sqrt(e));
    }

    private static boolean exactSum(double a, double b, double r) {
        double t = r - a;
        return a - (r - t) + (b - t) == 0;
    }

    private static boolean exactProduct(double a, double b, double r) {
        return Math.fma(a, b, -r) == 0;
    }

    private static boolean exactQuotient(double a, double b, double r) {
        return Math.fma(r, b, -a) == 0;
    }

    private static boolean exactRoot(double a, double r) {
        return Math.fma(r, r, -a) == 0;
    }

    /** MIN: b when either is a NaN, or when both are zeros (SDM vol. 2A, "MINPS"). */
    public static long min(FpEnv e, long a, long b) {
        int c = compare(e, a, b, true);
        return c == LESS ? flush(e, a) : nan(b) ? b : flush(e, b);
    }

    /** MAX. */
    public static long max(FpEnv e, long a, long b) {
        int c = compare(e, a, b, true);
        return c == GREATER ? flush(e, a) : nan(b) ? b : flush(e, b);
    }

    private static long flush(FpEnv e, long v) {
        return e.daz && denormal(v) ? v & SIGN : v;
    }

    /** Results of {@link #compare}, as bits. */
    public static final int LESS = 1;
    public static final int EQUAL = 2;
    public static final int GREATER = 4;
    public static final int UNORDERED = 8;
    /** The results that each of sixteen predicates accepts, four bits each. */
    private static final long ACCEPTED = 0xF4650B9A7CED8312L;

    /** Compares; {@code signal}: quiet NaNs are invalid too. */
    public static int compare(FpEnv e, long a, long b, boolean signal) {
        if (nan(a) || nan(b)) {
            if (signal || signaling(a) || signaling(b)) {
                e.flags |= FpEnv.IE;
            }
            return UNORDERED;
        }
        if (denormal(a) || denormal(b)) {
            if (!e.daz) {
                e.flags |= FpEnv.DE;
            }
            a = flush(e, a);
            b = flush(e, b);
        }
        double x = Double.longBitsToDouble(a);
        double y = Double.longBitsToDouble(b);
        return x < y ? LESS : x == y ? EQUAL : GREATER;
    }

    /** Whether one of the 32 predicates of VCMPPS holds, the first eight of which are those of CMPPS (SDM vol. 2A, tables 3-1 and 3-8). */
    public static boolean test(FpEnv e, long a, long b, int predicate) {
        int p = predicate & 3;
        int c = compare(e, a, b, (p == 1 || p == 2) != ((predicate & 16) != 0));
        return (ACCEPTED >>> 4 * (predicate & 15) & c) != 0;
    }

    /** Rounds to an integral number of this format (ROUNDSS and others); {@code quiet}: without the inexact exception. */
    public static long roundToIntegral(FpEnv e, long a, int rounding, boolean quiet) {
        if (nan(a)) {
            return nan(e, a, a);
        }
        e.b.unpack64(a, e.daz);
        if (e.b.kind != Unpacked.FINITE) {
            return flush(e, a);
        }
        boolean inexact = Integers.roundToIntegral(e.b, rounding);
        if (inexact && !quiet) {
            e.flags |= FpEnv.PE;
        }
        return Rounding.pack64(e.b);
    }

    /** Converts from binary32. */
    public static long from32(FpEnv e, int v) {
        int m = v & Integer.MAX_VALUE;
        if (m == 0 || m >= 0x00800000 && m < 0x7F800000) {
            return Double.doubleToRawLongBits(Float.intBitsToFloat(v));
        }
        if (F32.nan(v)) {
            if (F32.signaling(v)) {
                e.flags |= FpEnv.IE;
            }
            return (long) v << 32 & SIGN | EXPONENT | QUIET | (v & 0x7FFFFFL) << 29;
        }
        e.r.unpack32(v, e.daz);
        if (e.r.denormal) {
            e.flags |= FpEnv.DE;
        }
        return Rounding.pack64(e.r);
    }

    /** Converts from a signed integer. */
    public static long fromInteger(FpEnv e, long v) {
        double d = v;
        if ((long) d == v && v != Long.MAX_VALUE) {
            return Double.doubleToRawLongBits(d);
        }
        e.r.unpackInteger(v);
        return finish(e, true);
    }

    /** Converts to a signed integer of {@code bits}; the least one stands for whatever does not fit. */
    public static long toInteger(FpEnv e, long v, int bits, int rounding) {
        double d = Double.longBitsToDouble(v);
        long i = (long) d;
        if (i == (bits == 32 ? (int) i : i) && i != 0 && i != Long.MAX_VALUE && i != Long.MIN_VALUE) {
            if (i == d) {
                return i;
            }
            if (rounding == FpEnv.TRUNCATE) {
                e.flags |= FpEnv.PE;
                return i;
            }
        }
        e.b.unpack64(v, e.daz);
        return Integers.convert(e, bits, rounding);
    }
}
