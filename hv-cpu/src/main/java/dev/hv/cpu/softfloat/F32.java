package dev.hv.cpu.softfloat;

/**
 * binary32 arithmetic as SSE does it, on raw bits (SDM vol. 1, 4.8.3 and 11.5; tables 4-7 and 11-1). Rounding to nearest of normal
 * numbers to normal numbers is left to the host, and whether the result was exact is told from the error term; the rest goes
 * by integers.
 */
public final class F32 {

    /** The default NaN. */
    public static final int INDEFINITE = 0xFFC00000;
    private static final int SIGN = Integer.MIN_VALUE;
    private static final int EXPONENT = 0x7F800000;
    private static final int QUIET = 0x400000;
    /** Magnitudes below it leave error terms that are not normal, or are denormal themselves. */
    private static final int SMALL = 0x03000000;

    private F32() {}

    static boolean nan(int v) {
        return (v & Integer.MAX_VALUE) > EXPONENT;
    }

    static boolean signaling(int v) {
        return nan(v) && (v & QUIET) == 0;
    }

    private static boolean denormal(int v) {
        int m = v & Integer.MAX_VALUE;
        return m != 0 && m < QUIET << 1;
    }

    /** Can the host be trusted with a number: is it zero, or far from both ends of the range? */
    private static boolean plain(int v) {
        int m = v & Integer.MAX_VALUE;
        return m == 0 || m >= SMALL && m < EXPONENT;
    }

    /** As {@link #plain}, for a result: a zero may have come from underflow. */
    private static boolean safe(int v) {
        int m = v & Integer.MAX_VALUE;
        return m >= SMALL && m < EXPONENT;
    }

    /** The result when an operand is a NaN: the first one, made quiet, or else the second (SDM vol. 1, table 4-7). */
    private static int nan(FpEnv e, int a, int b) {
        if (signaling(a) || signaling(b)) {
            e.flags |= FpEnv.IE;
        }
        return (nan(a) ? a : b) | QUIET;
    }

    private static void unpack(FpEnv e, int a, int b) {
        e.a.unpack32(a, e.daz);
        e.b.unpack32(b, e.daz);
    }

    private static int finish(FpEnv e, boolean valid) {
        if (!valid) {
            return INDEFINITE;
        }
        Rounding.round32(e);
        return Rounding.pack32(e.r);
    }

    /** a + b. */
    public static int add(FpEnv e, int a, int b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float z = x + y;
            int r = Float.floatToRawIntBits(z);
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
    public static int sub(FpEnv e, int a, int b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float z = x - y;
            int r = Float.floatToRawIntBits(z);
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
    public static int mul(FpEnv e, int a, int b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float z = x * y;
            int r = Float.floatToRawIntBits(z);
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
    public static int div(FpEnv e, int a, int b) {
        if (e.rounding == FpEnv.NEAREST && plain(a) && plain(b)) {
            float x = Float.intBitsToFloat(a);
            float y = Float.intBitsToFloat(b);
            float z = x / y;
            int r = Float.floatToRawIntBits(z);
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
    public static int mulAdd(FpEnv e, int a, int b, int c, boolean negateProduct, boolean negateAddend) {
        if (e.rounding == FpEnv.NEAREST && e.inexactKnown && plain(a) && plain(b) && plain(c)) {
            int r = Float.floatToRawIntBits(Math.fma(Float.intBitsToFloat(negateProduct ? a ^ SIGN : a), Float.intBitsToFloat(b), Float.intBitsToFloat(negateAddend ? c ^ SIGN : c)));
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
        e.c.unpack32(c, e.daz);
        e.c.negative ^= negateAddend;
        return finish(e, Arithmetic.mulAdd(e, negateProduct));
    }

    /** The square root of a. */
    public static int sqrt(FpEnv e, int a) {
        if (e.rounding == FpEnv.NEAREST && a >= SMALL && a < EXPONENT) {
            float x = Float.intBitsToFloat(a);
            float z = (float) Math.sqrt(x);
            if (!e.inexactKnown && !exactRoot(x, z)) {
                e.flags |= FpEnv.PE;
            }
            return Float.floatToRawIntBits(z);
        }
        if (nan(a)) {
            return nan(e, a, a);
        }
        unpack(e, 0, a);
        return finish(e, Arithmetic.sqrt(e));
    }

    private static boolean exactSum(float a, float b, float r) {
        double x = a;
        double y = b;
        double s = x + y;
        double t = s - x;
        return s == r && x - (s - t) + (y - t) == 0;
    }

    private static boolean exactProduct(float a, float b, float r) {
        return (double) a * b == r;
    }

    private static boolean exactQuotient(float a, float b, float r) {
        return (double) r * b == a;
    }

    private static boolean exactRoot(float a, float r) {
        return (double) r * r == a;
    }

    /** MIN: b when either is a NaN, or when both are zeros (SDM vol. 2A, "MINPS"). */
    public static int min(FpEnv e, int a, int b) {
        int c = compare(e, a, b, true);
        return c == LESS ? flush(e, a) : nan(b) ? b : flush(e, b);
    }

    /** MAX. */
    public static int max(FpEnv e, int a, int b) {
        int c = compare(e, a, b, true);
        return c == GREATER ? flush(e, a) : nan(b) ? b : flush(e, b);
    }

    private static int flush(FpEnv e, int v) {
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
    public static int compare(FpEnv e, int a, int b, boolean signal) {
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
        float x = Float.intBitsToFloat(a);
        float y = Float.intBitsToFloat(b);
        return x < y ? LESS : x == y ? EQUAL : GREATER;
    }

    /** Whether one of the 32 predicates of VCMPPS holds, the first eight of which are those of CMPPS (SDM vol. 2A, tables 3-1 and 3-8). */
    public static boolean test(FpEnv e, int a, int b, int predicate) {
        int p = predicate & 3;
        int c = compare(e, a, b, (p == 1 || p == 2) != ((predicate & 16) != 0));
        return (ACCEPTED >>> 4 * (predicate & 15) & c) != 0;
    }

    /** Rounds to an integral number of this format (ROUNDSS and others); {@code quiet}: without the inexact exception. */
    public static int roundToIntegral(FpEnv e, int a, int rounding, boolean quiet) {
        if (nan(a)) {
            return nan(e, a, a);
        }
        e.b.unpack32(a, e.daz);
        if (e.b.kind != Unpacked.FINITE) {
            return flush(e, a);
        }
        boolean inexact = Integers.roundToIntegral(e.b, rounding);
        if (inexact && !quiet) {
            e.flags |= FpEnv.PE;
        }
        return Rounding.pack32(e.b);
    }

    /** Converts from binary64. */
    public static int from64(FpEnv e, long v) {
        if (e.rounding == FpEnv.NEAREST) {
            double d = Double.longBitsToDouble(v);
            float f = (float) d;
            int r = Float.floatToRawIntBits(f);
            if (safe(r)) {
                if (f != d) {
                    e.flags |= FpEnv.PE;
                }
                return r;
            }
        }
        if (F64.nan(v)) {
            if (F64.signaling(v)) {
                e.flags |= FpEnv.IE;
            }
            return (int) (v >>> 32) & SIGN | EXPONENT | QUIET | (int) (v >>> 29) & 0x7FFFFF;
        }
        e.r.unpack64(v, e.daz);
        if (e.r.denormal) {
            e.flags |= FpEnv.DE;
        }
        return finish(e, true);
    }

    /** Converts from a signed integer. */
    public static int fromInteger(FpEnv e, long v) {
        float f = v;
        if ((long) f == v && v != Long.MAX_VALUE) {
            return Float.floatToRawIntBits(f);
        }
        e.r.unpackInteger(v);
        return finish(e, true);
    }

    /** Converts to a signed integer of {@code bits}; the least one stands for whatever does not fit. */
    public static long toInteger(FpEnv e, int v, int bits, int rounding) {
        float f = Float.intBitsToFloat(v);
        long i = (long) f;
        if (i == (bits == 32 ? (int) i : i) && i != 0 && i != Long.MAX_VALUE && i != Long.MIN_VALUE) {
            if (i == f) {
                return i;
            }
            if (rounding == FpEnv.TRUNCATE) {
                e.flags |= FpEnv.PE;
                return i;
            }
        }
        e.b.unpack32(v, e.daz);
        return Integers.convert(e, bits, rounding);
    }
}
