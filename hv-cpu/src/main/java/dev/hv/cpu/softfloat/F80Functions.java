package dev.hv.cpu.softfloat;

/** FPREM, FPREM1, FSCALE and FXTRACT (SDM vol. 2A, the pages of the names). */
public final class F80Functions {

    private F80Functions() {}

    /**
     * The remainder of a / b, with the quotient's low bits in {@link FpEnv#quotient}; {@code nearest}: of the quotient rounded to
     * nearest (IEEE 754), else truncated. When the exponents are far apart only a part is subtracted ({@link FpEnv#partial}).
     */
    public static void remainder(FpEnv e, int ase, long asig, int bse, long bsig, boolean nearest) {
        if (F80.special(e, ase, asig, bse, bsig)) {
            return;
        }
        Unpacked a = e.a;
        Unpacked b = e.b;
        a.unpack80(ase, asig);
        b.unpack80(bse, bsig);
        if (a.kind == Unpacked.INFINITE || b.kind == Unpacked.ZERO) {
            F80.invalid(e);
            return;
        }
        e.denormals();
        if (b.kind == Unpacked.INFINITE) {
            // as it is: a denormal is no underflow, whether that is masked or not
            e.signExp = ase & 0x8000 | ((ase & 0x7FFF) == 0 && asig < 0 ? 1 : ase & 0x7FFF);
            e.significand = asig;
            return;
        }
        if (a.kind == Unpacked.ZERO) {
            e.r.copy(a);
        } else {
            int apart = a.exp - b.exp;
            if (apart >= 64) {
                // as many bits at once as the manual's range of 32 … 63 allows, and the rest a multiple of 32
                int n = apart & 31 | 32;
                reduce(e, n);
                e.r.exp = a.exp - n;
                e.quotient = 0;
                e.partial = true;
            } else if (apart >= 0) {
                reduce(e, apart);
                e.r.exp = b.exp;
                if (nearest) {
                    toNearest(e);
                }
            } else {
                e.r.copy(a);
                if (nearest && apart == -1 && Long.compareUnsigned(a.sig, b.sig) > 0) {
                    e.r.sig = 2 * b.sig - a.sig;
                    e.r.negative = !a.negative;
                    e.quotient = 1;
                }
            }
            Unpacked r = e.r;
            if (r.sig == 0) {
                r.zero(a.negative);
            } else {
                r.normalise(r.exp, r.sig);
            }
        }
        exact(e);
    }

    /** Subtracts multiples of b · 2^n … b from a · 2^n: the rest into r, the multiple into the quotient. */
    private static void reduce(FpEnv e, int n) {
        long b = e.b.sig;
        long rest = e.a.sig;
        long q = 0;
        boolean carry = false;
        for (int i = 0; i <= n; i++) {
            q <<= 1;
            if (carry || Long.compareUnsigned(rest, b) >= 0) {
                rest -= b;
                q |= 1;
            }
            if (i < n) {
                carry = rest < 0;
                rest <<= 1;
            }
        }
        e.quotient = (int) q & 7;
        e.r.kind = Unpacked.FINITE;
        e.r.negative = e.a.negative;
        e.r.sig = rest;
        e.r.low = 0;
    }

    private static void toNearest(FpEnv e) {
        long rest = e.r.sig;
        long b = e.b.sig;
        int c = Long.compareUnsigned(rest, b - rest);
        if (c > 0 || c == 0 && (e.quotient & 1) != 0) {
            e.r.sig = b - rest;
            e.r.negative = !e.r.negative;
            e.quotient = e.quotient + 1 & 7;
        }
    }

    /** Rounds to all 64 bits whatever the precision control says. */
    private static void exact(FpEnv e) {
        e.precision = 64;
        Rounding.round80(e);
        Rounding.pack80(e);
    }

    /** a · 2^trunc(b). */
    public static void scale(FpEnv e, int ase, long asig, int bse, long bsig) {
        if (F80.special(e, ase, asig, bse, bsig)) {
            return;
        }
        Unpacked a = e.a;
        Unpacked b = e.b;
        a.unpack80(ase, asig);
        b.unpack80(bse, bsig);
        if (b.kind == Unpacked.INFINITE && a.kind == (b.negative ? Unpacked.INFINITE : Unpacked.ZERO)) {
            F80.invalid(e);
            return;
        }
        e.denormals();
        Unpacked r = e.r;
        if (b.kind == Unpacked.INFINITE && a.kind == Unpacked.FINITE) {
            if (b.negative) {
                r.zero(a.negative);
            } else {
                r.infinite(a.negative);
            }
        } else {
            r.copy(a);
            if (a.kind == Unpacked.FINITE && b.kind == Unpacked.FINITE && b.exp >= 0) {
                // no exponent's range is wider than 2^16, so larger steps are all the same
                int n = b.exp > 16 ? 1 << 17 : (int) (b.sig >>> 63 - b.exp);
                r.exp += b.negative ? -n : n;
            }
        }
        exact(e);
    }

    /** The exponent of a as a number, into the result; {@link #fraction} gives the other half of FXTRACT. */
    public static void exponent(FpEnv e, int ase, long asig) {
        if (F80.special(e, ase, asig, ase, asig)) {
            return;
        }
        Unpacked a = e.a;
        a.unpack80(ase, asig);
        switch (a.kind) {
            case Unpacked.ZERO -> {
                e.flags |= FpEnv.ZE;
                e.r.infinite(true);
            }
            case Unpacked.INFINITE -> e.r.infinite(false);
            default -> {
                if (a.denormal) {
                    e.flags |= FpEnv.DE;
                }
                e.r.unpackInteger(a.exp);
            }
        }
        Rounding.pack80(e);
    }

    /** The significand of a, with its sign and exponent 0. */
    public static void fraction(FpEnv e, int ase, long asig) {
        if (F80.special(e, ase, asig, ase, asig)) {
            return;
        }
        e.r.unpack80(ase, asig);
        e.r.exp = 0;
        Rounding.pack80(e);
    }
}
