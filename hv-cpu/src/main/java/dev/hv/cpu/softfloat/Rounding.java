package dev.hv.cpu.softfloat;

/** Rounds exact or sticky results to a format, with overflow and underflow (SDM vol. 1, 4.8.4, 4.9.1.4 … 4.9.1.6). */
final class Rounding {

    /** What unmasked overflow and underflow of an extended result add to its exponent. */
    private static final int WRAP = 24576;
    private static final long HALF = Long.MIN_VALUE;

    private Rounding() {}

    static void round32(FpEnv e) {
        round(e, 24, -126, 127);
    }

    static void round64(FpEnv e) {
        round(e, 53, -1022, 1023);
    }

    static void round80(FpEnv e) {
        round(e, e.precision, -16382, 16383);
    }

    /** Rounds {@link FpEnv#r}: significands of {@code p} bits, normal exponents from {@code least} to {@code most}. */
    static void round(FpEnv e, int p, int least, int most) {
        Unpacked r = e.r;
        e.roundedUp = false;
        if (r.kind != Unpacked.FINITE) {
            return;
        }
        boolean tiny = r.exp < least && !(r.exp == least - 1 && carries(e, p));
        boolean underflow = tiny && (e.masks & FpEnv.UE) == 0;
        if (underflow) {
            e.flags |= FpEnv.UE;
        }
        if (tiny && e.ftz && !underflow) {
            e.flags |= FpEnv.UE | FpEnv.PE;
            r.zero(r.negative);
            return;
        }
        if (underflow && e.wrap) {
            r.exp += WRAP;
            if (r.exp < least) {
                // not even the wrapped exponent reaches (FSCALE)
                e.flags |= FpEnv.PE;
                r.zero(r.negative);
                return;
            }
        } else if (r.exp < least && !underflow) {
            // after unmasked underflow there is no result, and the exponent is unbounded as far as inexactness goes
            r.shiftRight(least - r.exp);
            r.exp = least;
        }
        long rest = rest(r, p);
        boolean inexact = rest != 0;
        increment(e, p, rest);
        if (inexact) {
            e.flags |= FpEnv.PE;
            if (tiny) {
                e.flags |= FpEnv.UE;
            }
        }
        if (r.sig == 0) {
            r.kind = Unpacked.ZERO;
        } else if (r.exp > most) {
            overflow(e, p, most);
        }
    }

    private static void overflow(FpEnv e, int p, int most) {
        Unpacked r = e.r;
        e.flags |= FpEnv.OE;
        if ((e.masks & FpEnv.OE) == 0) {
            // inexact only as far as rounding went, whether the result is kept or not
            r.exp -= e.wrap ? WRAP : 0;
            if (e.wrap && r.exp > most) {
                // not even the wrapped exponent reaches (FSCALE)
                e.flags |= FpEnv.PE;
                e.roundedUp = true;
                r.infinite(r.negative);
            }
            return;
        }
        e.flags |= FpEnv.PE;
        if (awayAtLimit(e.rounding, r.negative)) {
            r.infinite(r.negative);
            e.roundedUp = true;
        } else {
            r.exp = most;
            r.sig = -1L << 64 - p;
            e.roundedUp = false;
        }
    }

    private static boolean awayAtLimit(int rounding, boolean negative) {
        return rounding == FpEnv.NEAREST || rounding == (negative ? FpEnv.DOWN : FpEnv.UP);
    }

    /** Would rounding, were the exponent's range unbounded, reach the next power of two? */
    private static boolean carries(FpEnv e, int p) {
        Unpacked r = e.r;
        long ones = -1L << 64 - p;
        return (r.sig & ones) == ones && up(e.rounding, r.negative, rest(r, p), true);
    }

    /** The bits below the last of {@code p}, as a fraction of 64 bits with a sticky end. */
    private static long rest(Unpacked r, int p) {
        if (p == 64) {
            return r.low;
        }
        return r.sig << p | r.low >>> 64 - p | (r.low << p != 0 ? 1 : 0);
    }

    private static void increment(FpEnv e, int p, long rest) {
        Unpacked r = e.r;
        int drop = 64 - p;
        r.low = 0;
        r.sig = r.sig >>> drop << drop;
        if (rest != 0 && up(e.rounding, r.negative, rest, (r.sig >>> drop & 1) != 0)) {
            e.roundedUp = true;
            r.sig += 1L << drop;
            if (r.sig == 0) {
                r.sig = HALF;
                r.exp++;
            }
        }
    }

    /** Whether to round a magnitude up; {@code rest} is the fraction to drop, {@code odd} the last bit that stays. */
    static boolean up(int rounding, boolean negative, long rest, boolean odd) {
        return switch (rounding) {
            case FpEnv.NEAREST -> rest < 0 && (rest != HALF || odd);
            case FpEnv.DOWN -> negative && rest != 0;
            case FpEnv.UP -> !negative && rest != 0;
            default -> false;
        };
    }

    static int pack32(Unpacked r) {
        int sign = r.negative ? 1 << 31 : 0;
        return switch (r.kind) {
            case Unpacked.ZERO -> sign;
            case Unpacked.INFINITE -> sign | 0xFF << 23;
            default -> sign | (r.sig < 0 ? r.exp + 127 : 0) << 23 | (int) (r.sig >>> 40) & 0x7FFFFF;
        };
    }

    static long pack64(Unpacked r) {
        long sign = r.negative ? 1L << 63 : 0;
        return switch (r.kind) {
            case Unpacked.ZERO -> sign;
            case Unpacked.INFINITE -> sign | 0x7FFL << 52;
            default -> sign | (r.sig < 0 ? r.exp + 1023L : 0) << 52 | r.sig >>> 11 & 0xFFFFFFFFFFFFFL;
        };
    }

    /** Leaves the result in {@link FpEnv#signExp} and {@link FpEnv#significand}. */
    static void pack80(FpEnv e) {
        Unpacked r = e.r;
        int sign = r.negative ? 0x8000 : 0;
        switch (r.kind) {
            case Unpacked.ZERO -> {
                e.signExp = sign;
                e.significand = 0;
            }
            case Unpacked.INFINITE -> {
                e.signExp = sign | 0x7FFF;
                e.significand = HALF;
            }
            default -> {
                e.signExp = sign | (r.sig < 0 ? r.exp + 16383 & 0x7FFF : 0);
                e.significand = r.sig;
            }
        }
    }
}
