package dev.hv.cpu.softfloat;

/** Numbers to integers. */
final class Integers {

    private Integers() {}

    /** Rounds a finite number to an integral one in place; true when that changed it. */
    static boolean roundToIntegral(Unpacked v, int rounding) {
        if (v.exp >= 63) {
            return false;
        }
        v.shiftRight(63 - v.exp);
        long rest = v.low;
        long whole = v.sig;
        if (Rounding.up(rounding, v.negative, rest, (whole & 1) != 0)) {
            whole++;
        }
        if (whole == 0) {
            v.zero(v.negative);
        } else {
            v.normalise(63, whole);
        }
        return rest != 0;
    }

    /**
     * {@link FpEnv#b}, of any kind, as a signed integer of {@code bits}; the least one, with the invalid exception alone, for whatever
     * does not fit (SDM vol. 1, 4.8.4.2 and table 8-10).
     */
    static long convert(FpEnv e, int bits, int rounding) {
        Unpacked v = e.b;
        long least = Long.MIN_VALUE >> 64 - bits;
        e.roundedUp = false;
        if (v.kind == Unpacked.ZERO) {
            return 0;
        }
        if (v.kind != Unpacked.FINITE || v.exp > 63) {
            e.flags |= FpEnv.IE;
            return least;
        }
        v.shiftRight(63 - v.exp);
        long rest = v.low;
        long whole = v.sig;
        boolean up = Rounding.up(rounding, v.negative, rest, (whole & 1) != 0);
        if (up) {
            whole++;
        }
        // a magnitude of 2^64 wraps to 0: it is out of range like all that have their top bit set
        long limit = v.negative ? -least : -least - 1;
        if (up && whole == 0 || Long.compareUnsigned(whole, limit) > 0) {
            e.flags |= FpEnv.IE;
            return least;
        }
        if (rest != 0) {
            e.flags |= FpEnv.PE;
            e.roundedUp = up;
        }
        return v.negative ? -whole : whole;
    }
}
