package dev.hv.cpu.softfloat;

/**
 * The five operations on numbers taken apart: operands in {@link FpEnv#a} and {@link FpEnv#b}, neither of them a NaN; the result,
 * not yet rounded, in {@link FpEnv#r}. They return false after an invalid operation.
 */
final class Arithmetic {

    private Arithmetic() {}

    private static boolean invalid(FpEnv e) {
        e.flags |= FpEnv.IE;
        return false;
    }

    /** a + b, or a − b. */
    static boolean add(FpEnv e, boolean subtract) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        boolean bNegative = b.negative ^ subtract;
        if (a.kind == Unpacked.INFINITE && b.kind == Unpacked.INFINITE && a.negative != bNegative) {
            return invalid(e);
        }
        e.denormals();
        if (a.kind == Unpacked.INFINITE) {
            e.r.infinite(a.negative);
        } else if (b.kind == Unpacked.INFINITE) {
            e.r.infinite(bNegative);
        } else if (b.kind == Unpacked.ZERO) {
            if (a.kind == Unpacked.ZERO) {
                e.r.zero(a.negative == bNegative ? bNegative : e.rounding == FpEnv.DOWN);
            } else {
                e.r.copy(a);
            }
        } else if (a.kind == Unpacked.ZERO) {
            e.r.copy(b);
            e.r.negative = bNegative;
        } else if (a.negative == bNegative) {
            sum(e.r, a, b, bNegative);
        } else {
            difference(e, bNegative);
        }
        return true;
    }

    private static boolean larger(Unpacked a, Unpacked b) {
        return a.exp != b.exp ? a.exp > b.exp : Long.compareUnsigned(a.sig, b.sig) > 0;
    }

    private static void sum(Unpacked r, Unpacked a, Unpacked b, boolean negative) {
        Unpacked big = larger(a, b) ? a : b;
        Unpacked small = big == a ? b : a;
        r.copy(small);
        r.shiftRight(big.exp - small.exp);
        r.negative = negative;
        r.exp = big.exp;
        long s = r.sig + big.sig;
        boolean carry = Long.compareUnsigned(s, big.sig) < 0;
        r.sig = s;
        if (carry) {
            r.shiftRight(1);
            r.sig |= Long.MIN_VALUE;
            r.exp++;
        }
    }

    private static void difference(FpEnv e, boolean bNegative) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        if (a.exp == b.exp && a.sig == b.sig) {
            e.r.zero(e.rounding == FpEnv.DOWN);
            return;
        }
        boolean first = larger(a, b);
        Unpacked big = first ? a : b;
        Unpacked small = first ? b : a;
        Unpacked r = e.r;
        r.copy(small);
        r.shiftRight(big.exp - small.exp);
        long low = -r.low;
        long high = big.sig - r.sig - (r.low != 0 ? 1 : 0);
        r.wide(first ? a.negative : bNegative, big.exp, high, low);
    }

    /** a · b. */
    static boolean mul(FpEnv e) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        boolean negative = a.negative ^ b.negative;
        if (a.kind == Unpacked.INFINITE && b.kind == Unpacked.ZERO || a.kind == Unpacked.ZERO && b.kind == Unpacked.INFINITE) {
            return invalid(e);
        }
        e.denormals();
        if (a.kind == Unpacked.INFINITE || b.kind == Unpacked.INFINITE) {
            e.r.infinite(negative);
        } else if (a.kind == Unpacked.ZERO || b.kind == Unpacked.ZERO) {
            e.r.zero(negative);
        } else {
            e.r.wide(negative, a.exp + b.exp + 1, Math.unsignedMultiplyHigh(a.sig, b.sig), a.sig * b.sig);
        }
        return true;
    }

    /** a / b. */
    static boolean div(FpEnv e) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        boolean negative = a.negative ^ b.negative;
        if (a.kind == b.kind && a.kind != Unpacked.FINITE) {
            return invalid(e);
        }
        if (b.kind == Unpacked.ZERO && a.kind == Unpacked.FINITE) {
            e.flags |= FpEnv.ZE;
            e.r.infinite(negative);
            return true;
        }
        e.denormals();
        if (a.kind == Unpacked.INFINITE) {
            e.r.infinite(negative);
        } else if (a.kind == Unpacked.ZERO || b.kind == Unpacked.INFINITE) {
            e.r.zero(negative);
        } else {
            quotient(e.r, a, b, negative);
        }
        return true;
    }

    /** a · b + {@link FpEnv#c}, or −(a · b) + c: exact before it is rounded, but for a sticky end. */
    static boolean mulAdd(FpEnv e, boolean negateProduct) {
        Unpacked a = e.a;
        Unpacked b = e.b;
        Unpacked c = e.c;
        boolean negative = a.negative ^ b.negative ^ negateProduct;
        boolean infinite = a.kind == Unpacked.INFINITE || b.kind == Unpacked.INFINITE;
        boolean zero = a.kind == Unpacked.ZERO || b.kind == Unpacked.ZERO;
        if (infinite && (zero || c.kind == Unpacked.INFINITE && c.negative != negative)) {
            return invalid(e);
        }
        if (c.denormal) {
            e.flags |= FpEnv.DE;
        }
        e.denormals();
        if (infinite) {
            e.r.infinite(negative);
        } else if (c.kind == Unpacked.INFINITE) {
            e.r.infinite(c.negative);
        } else if (zero) {
            if (c.kind == Unpacked.ZERO) {
                e.r.zero(c.negative == negative ? negative : e.rounding == FpEnv.DOWN);
            } else {
                e.r.copy(c);
            }
        } else {
            e.r.wide(negative, a.exp + b.exp + 1, Math.unsignedMultiplyHigh(a.sig, b.sig), a.sig * b.sig);
            if (c.kind != Unpacked.ZERO) {
                addTo(e, c);
            }
        }
        return true;
    }

    /** Adds a number with no bits in {@link Unpacked#low} to the result, which has 128. */
    private static void addTo(FpEnv e, Unpacked c) {
        Unpacked r = e.r;
        boolean larger = r.exp != c.exp ? r.exp > c.exp : Long.compareUnsigned(r.sig, c.sig) > 0 || r.sig == c.sig && r.low != 0;
        boolean same = r.negative == c.negative;
        if (r.exp == c.exp && r.sig == c.sig && r.low == 0 && !same) {
            r.zero(e.rounding == FpEnv.DOWN);
            return;
        }
        // the larger one stays where it is, the smaller one is shifted to it
        Unpacked small = larger ? c : r;
        int exp = larger ? r.exp : c.exp;
        boolean negative = larger ? r.negative : c.negative;
        long high = larger ? r.sig : c.sig;
        long low = larger ? r.low : 0;
        small.shiftRight(exp - small.exp);
        long s = small.sig;
        long t = small.low;
        if (same) {
            long l = low + t;
            int carry = Long.compareUnsigned(l, low) < 0 ? 1 : 0;
            long h = high + s + carry;
            boolean over = carry == 0 ? Long.compareUnsigned(h, high) < 0 : Long.compareUnsigned(h, high) <= 0;
            if (over) {
                l = l >>> 1 | h << 63 | l & 1;
                h = h >>> 1 | Long.MIN_VALUE;
                exp++;
            }
            r.wide(negative, exp, h, l);
        } else {
            long l = low - t;
            r.wide(negative, exp, high - s - (Long.compareUnsigned(low, t) < 0 ? 1 : 0), l);
        }
    }

    static void quotient(Unpacked r, Unpacked a, Unpacked b, boolean negative) {
        boolean fits = Long.compareUnsigned(a.sig, b.sig) < 0;
        long high = fits ? a.sig : a.sig >>> 1;
        long low = fits ? 0 : a.sig << 63;
        long q = Wide.divide(high, low, b.sig);
        long rest = low - q * b.sig;
        r.kind = Unpacked.FINITE;
        r.negative = negative;
        r.exp = a.exp - b.exp - (fits ? 1 : 0);
        r.sig = q;
        r.low = rest == 0 ? 0 : half(rest, b.sig);
    }

    /** A remainder as the fraction below the quotient: more than, exactly or less than a half. */
    private static long half(long rest, long divisor) {
        if (rest < 0) {
            return Long.MIN_VALUE | 1;
        }
        int c = Long.compareUnsigned(rest << 1, divisor);
        return c > 0 ? Long.MIN_VALUE | 1 : c == 0 ? Long.MIN_VALUE : 1;
    }

    /** √b. */
    static boolean sqrt(FpEnv e) {
        Unpacked b = e.b;
        if (b.negative && b.kind != Unpacked.ZERO) {
            return invalid(e);
        }
        if (b.denormal) {
            e.flags |= FpEnv.DE;
        }
        if (b.kind != Unpacked.FINITE) {
            e.r.copy(b);
        } else {
            boolean odd = (b.exp & 1) != 0;
            Wide.sqrt(e.r, odd ? b.sig : b.sig >>> 1, odd ? 0 : b.sig << 63);
            e.r.kind = Unpacked.FINITE;
            e.r.negative = false;
            e.r.exp = b.exp >> 1;
        }
        return true;
    }
}
