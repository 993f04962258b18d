package dev.hv.cpu.softfloat;

/** Arithmetic on unsigned integers of 128 bits, as far as significands need it. */
final class Wide {

    private static final long LOW32 = 0xFFFFFFFFL;

    private Wide() {}

    /** The quotient of high:low by a divisor with its top bit set, where high is below the divisor (Knuth, algorithm D). */
    static long divide(long high, long low, long divisor) {
        long d1 = divisor >>> 32;
        long d0 = divisor & LOW32;
        long q1 = digit(high, low >>> 32, d1, d0);
        long rest = (high << 32 | low >>> 32) - q1 * divisor;
        long q0 = digit(rest, low & LOW32, d1, d0);
        return q1 << 32 | q0;
    }

    /** One digit of 32 bits: (high · 2^32 + next) / (d1:d0). */
    private static long digit(long high, long next, long d1, long d0) {
        long q = Long.divideUnsigned(high, d1);
        long rest = high - q * d1;
        while (q > LOW32 || Long.compareUnsigned(q * d0, rest << 32 | next) > 0) {
            q--;
            rest += d1;
            if (rest > LOW32) {
                break;
            }
        }
        return q;
    }

    /** The root of high:low (high at least 2^62), as sig and, rounded but never to a half exactly, low of {@code r}. */
    static void sqrt(Unpacked r, long high, long low) {
        long root = (long) Math.sqrt(unsigned(high));
        root = Math.min(root, LOW32);
        while (Long.compareUnsigned(root * root, high) > 0) {
            root--;
        }
        while (root < LOW32 && Long.compareUnsigned((root + 1) * (root + 1), high) <= 0) {
            root++;
        }
        long rest = high - root * root;
        long restHigh = 0;
        for (int i = 62; i >= 0; i -= 2) {
            restHigh = restHigh << 2 | rest >>> 62;
            rest = rest << 2 | low >>> i & 3;
            long tryLow = root << 2 | 1;
            long tryHigh = root >>> 62;
            root <<= 1;
            if (restHigh > tryHigh || restHigh == tryHigh && Long.compareUnsigned(rest, tryLow) >= 0) {
                restHigh -= tryHigh + (Long.compareUnsigned(rest, tryLow) < 0 ? 1 : 0);
                rest -= tryLow;
                root |= 1;
            }
        }
        r.sig = root;
        boolean above = restHigh != 0 || Long.compareUnsigned(rest, root) > 0;
        r.low = above ? Long.MIN_VALUE | 1 : rest != 0 ? 1 : 0;
    }

    private static double unsigned(long v) {
        return v >= 0 ? v : (double) (v >>> 1) * 2;
    }
}
