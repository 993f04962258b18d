package dev.hv.cpu.softfloat;

/**
 * Double-extended arithmetic as x87 does it (SDM vol. 1, chapter 8 and table 4-7). Numbers are two values: sign and exponent,
 * and significand; results stand in {@link FpEnv#signExp} and {@link FpEnv#significand}.
 */
public final class F80 {

    /** Sign and exponent of the default NaN. */
    public static final int INDEFINITE = 0xFFFF;
    /** Significand of the default NaN. */
    public static final long INDEFINITE_SIGNIFICAND = 3L << 62;
    private static final long QUIET = 1L << 62;
    private static final long INTEGER = 1L << 63;

    private F80() {}

    /** A NaN with its integer bit. */
    public static boolean nan(int signExp, long sig) {
        return (signExp & 0x7FFF) == 0x7FFF && sig < 0 && sig << 1 != 0;
    }

    static boolean signaling(int signExp, long sig) {
        return nan(signExp, sig) && (sig & QUIET) == 0;
    }

    /** Unnormal, pseudo-infinity or pseudo-NaN: nothing that a processor since the 80387 computes with. */
    public static boolean unsupported(int signExp, long sig) {
        return (signExp & 0x7FFF) != 0 && sig >= 0;
    }

    static void result(FpEnv e, int signExp, long sig) {
        e.signExp = signExp;
        e.significand = sig;
    }

    /** The response to an invalid operation. */
    public static void invalid(FpEnv e) {
        e.flags |= FpEnv.IE;
        result(e, INDEFINITE, INDEFINITE_SIGNIFICAND);
    }

    /** Handles operands that are NaNs or unsupported; true when that gave the result. */
    static boolean special(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (unsupported(ase, asig) || unsupported(bse, bsig)) {
            invalid(e);
            return true;
        }
        boolean a = nan(ase, asig);
        boolean b = nan(bse, bsig);
        if (!a && !b) {
            return false;
        }
        boolean as = signaling(ase, asig);
        boolean bs = signaling(bse, bsig);
        if (as || bs) {
            e.flags |= FpEnv.IE;
        }
        boolean first;
        if (a != b) {
            first = a;
        } else if (as != bs) {
            first = bs;
        } else {
            int c = Long.compareUnsigned(asig | QUIET, bsig | QUIET);
            first = c != 0 ? c > 0 : ase < bse;
        }
        result(e, first ? ase : bse, (first ? asig : bsig) | QUIET);
        return true;
    }

    static void finish(FpEnv e, boolean valid) {
        if (valid) {
            Rounding.round80(e);
            Rounding.pack80(e);
        } else {
            invalid(e);
        }
    }

    private static boolean prepare(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (special(e, ase, asig, bse, bsig)) {
            return false;
        }
        e.a.unpack80(ase, asig);
        e.b.unpack80(bse, bsig);
        return true;
    }

    /** a + b. */
    public static void add(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (prepare(e, ase, asig, bse, bsig)) {
            finish(e, Arithmetic.add(e, false));
        }
    }

    /** a − b. */
    public static void sub(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (prepare(e, ase, asig, bse, bsig)) {
            finish(e, Arithmetic.add(e, true));
        }
    }

    /** a · b. */
    public static void mul(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (prepare(e, ase, asig, bse, bsig)) {
            finish(e, Arithmetic.mul(e));
        }
    }

    /** a / b. */
    public static void div(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (prepare(e, ase, asig, bse, bsig)) {
            finish(e, Arithmetic.div(e));
        }
    }

    /** √a. */
    public static void sqrt(FpEnv e, int ase, long asig) {
        if (prepare(e, ase, asig, ase, asig)) {
            finish(e, Arithmetic.sqrt(e));
        }
    }

    /** Compares, with the results of {@link F64#compare}; {@code signal}: quiet NaNs are invalid too. */
    public static int compare(FpEnv e, int ase, long asig, int bse, long bsig, boolean signal) {
        if (unsupported(ase, asig) || unsupported(bse, bsig)) {
            e.flags |= FpEnv.IE;
            return F64.UNORDERED;
        }
        if (nan(ase, asig) || nan(bse, bsig)) {
            if (signal || signaling(ase, asig) || signaling(bse, bsig)) {
                e.flags |= FpEnv.IE;
            }
            return F64.UNORDERED;
        }
        Unpacked a = e.a;
        Unpacked b = e.b;
        a.unpack80(ase, asig);
        b.unpack80(bse, bsig);
        e.denormals();
        if (a.kind == Unpacked.ZERO && b.kind == Unpacked.ZERO) {
            return F64.EQUAL;
        }
        if (a.kind == Unpacked.ZERO) {
            return b.negative ? F64.GREATER : F64.LESS;
        }
        if (b.kind == Unpacked.ZERO || a.negative != b.negative) {
            return a.negative ? F64.LESS : F64.GREATER;
        }
        int c = a.kind != b.kind ? Integer.compare(a.kind, b.kind)
                : a.kind == Unpacked.INFINITE ? 0 : a.exp != b.exp ? Integer.compare(a.exp, b.exp) : Long.compareUnsigned(a.sig, b.sig);
        return c == 0 ? F64.EQUAL : c < 0 == a.negative ? F64.GREATER : F64.LESS;
    }

    /** Takes a binary32 operand from memory as it is: a signaling NaN stays one. */
    public static void load32(FpEnv e, int v) {
        e.r.unpack32(v, false);
        loaded(e);
    }

    /** Takes a binary64 operand from memory. */
    public static void load64(FpEnv e, long v) {
        e.r.unpack64(v, false);
        loaded(e);
    }

    private static void loaded(FpEnv e) {
        Unpacked r = e.r;
        e.denormalSource = r.denormal;
        if (r.kind == Unpacked.NAN) {
            result(e, r.negative ? 0xFFFF : 0x7FFF, r.sig | INTEGER);
        } else {
            Rounding.pack80(e);
        }
    }

    /** Turns what {@link #load32} or {@link #load64} took into what FLD pushes, with its exceptions. */
    public static void converted(FpEnv e) {
        if (e.denormalSource) {
            e.flags |= FpEnv.DE;
        }
        if (signaling(e.signExp, e.significand)) {
            e.flags |= FpEnv.IE;
            e.significand |= QUIET;
        }
    }

    /** Takes a signed integer, which is always exact. */
    public static void loadInteger(FpEnv e, long v) {
        e.r.unpackInteger(v);
        Rounding.pack80(e);
    }

    /** Converts to binary32. */
    public static int to32(FpEnv e, int signExp, long sig) {
        if (unsupported(signExp, sig)) {
            e.flags |= FpEnv.IE;
            return F32.INDEFINITE;
        }
        if (nan(signExp, sig)) {
            quieting(e, sig);
            return (signExp & 0x8000) << 16 | 0x7FC00000 | (int) (sig >>> 40) & 0x7FFFFF;
        }
        e.r.unpack80(signExp, sig);
        e.wrap = false;
        Rounding.round32(e);
        return Rounding.pack32(e.r);
    }

    /** Converts to binary64. */
    public static long to64(FpEnv e, int signExp, long sig) {
        if (unsupported(signExp, sig)) {
            e.flags |= FpEnv.IE;
            return F64.INDEFINITE;
        }
        if (nan(signExp, sig)) {
            quieting(e, sig);
            return (signExp & 0x8000L) << 48 | 0x7FF8000000000000L | sig >>> 11 & 0xFFFFFFFFFFFFFL;
        }
        e.r.unpack80(signExp, sig);
        e.wrap = false;
        Rounding.round64(e);
        return Rounding.pack64(e.r);
    }

    private static void quieting(FpEnv e, long sig) {
        if ((sig & QUIET) == 0) {
            e.flags |= FpEnv.IE;
        }
    }

    /** Converts to a signed integer of {@code bits}, the least one for whatever does not fit. */
    public static long toInteger(FpEnv e, int signExp, long sig, int bits, int rounding) {
        if (unsupported(signExp, sig)) {
            e.flags |= FpEnv.IE;
            return Long.MIN_VALUE >> 64 - bits;
        }
        e.b.unpack80(signExp, sig);
        return Integers.convert(e, bits, rounding);
    }

    /** FRNDINT. */
    public static void roundToIntegral(FpEnv e, int signExp, long sig) {
        if (!prepare(e, signExp, sig, signExp, sig)) {
            return;
        }
        e.denormals();
        Unpacked r = e.r;
        r.copy(e.b);
        if (r.kind == Unpacked.FINITE) {
            long before = r.exp < 63 ? magnitude(r) : 0;
            if (Integers.roundToIntegral(r, e.rounding)) {
                e.flags |= FpEnv.PE;
                e.roundedUp = magnitude(r) != before;
            }
        }
        Rounding.pack80(e);
    }

    private static long magnitude(Unpacked v) {
        return v.kind == Unpacked.ZERO || v.exp < 0 ? 0 : v.sig >>> 63 - v.exp;
    }
}
