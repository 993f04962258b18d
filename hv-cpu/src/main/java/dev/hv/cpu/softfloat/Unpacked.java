package dev.hv.cpu.softfloat;

/**
 * A number taken apart, of any format: the value of a {@link #FINITE} one is sig · 2^(exp − 63), so that a normalised one has
 * its leading bit at bit 63 of {@link #sig}. Results before rounding have 64 more bits in {@link #low}, the last one sticky.
 */
public final class Unpacked {

    public static final int ZERO = 0;
    public static final int FINITE = 1;
    public static final int INFINITE = 2;
    public static final int NAN = 3;

    /** {@link #ZERO} … {@link #NAN}. */
    public int kind;
    public boolean negative;
    /** Exponent without bias. */
    public int exp;
    /** Significand. */
    public long sig;
    /** Bits of the significand below {@link #sig}. */
    public long low;
    /** It came from a denormal: the denormal-operand exception is due. */
    public boolean denormal;

    /** Takes a binary32 apart; {@code daz}: denormals count as zeros. */
    void unpack32(int bits, boolean daz) {
        unpack(bits < 0, bits >>> 23 & 0xFF, 0xFF, 127, (long) bits << 40 & Long.MAX_VALUE, daz);
    }

    /** Takes a binary64 apart. */
    void unpack64(long bits, boolean daz) {
        unpack(bits < 0, (int) (bits >>> 52) & 0x7FF, 0x7FF, 1023, bits << 11 & Long.MAX_VALUE, daz);
    }

    private void unpack(boolean sign, int biased, int most, int bias, long fraction, boolean daz) {
        negative = sign;
        denormal = false;
        low = 0;
        if (biased == most) {
            kind = fraction == 0 ? INFINITE : NAN;
            sig = fraction;
        } else if (biased != 0) {
            kind = FINITE;
            exp = biased - bias;
            sig = fraction | Long.MIN_VALUE;
        } else if (fraction == 0 || daz) {
            kind = ZERO;
            sig = 0;
        } else {
            denormal = true;
            normalise(1 - bias, fraction);
        }
    }

    /** Takes an 80-bit extended number apart. Unsupported encodings are the caller's business. */
    void unpack80(int signExp, long significand) {
        int biased = signExp & 0x7FFF;
        negative = (signExp & 0x8000) != 0;
        denormal = false;
        low = 0;
        if (biased == 0x7FFF) {
            kind = significand << 1 == 0 ? INFINITE : NAN;
            sig = significand;
        } else if (significand == 0) {
            kind = ZERO;
            sig = 0;
        } else if (biased != 0) {
            kind = FINITE;
            exp = biased - 16383;
            sig = significand;
        } else {
            denormal = true;
            normalise(-16382, significand);
        }
    }

    /** Becomes the signed integer. */
    void unpackInteger(long v) {
        negative = v < 0;
        denormal = false;
        if (v == 0) {
            kind = ZERO;
            sig = 0;
            low = 0;
        } else {
            normalise(63, negative ? -v : v);
        }
    }

    /** Becomes finite with its leading bit where it belongs. */
    void normalise(int exponent, long significand) {
        int n = Long.numberOfLeadingZeros(significand);
        kind = FINITE;
        exp = exponent - n;
        sig = significand << n;
        low = 0;
    }

    /** Becomes zero. */
    void zero(boolean sign) {
        kind = ZERO;
        negative = sign;
        sig = 0;
        low = 0;
    }

    /** Becomes infinite. */
    void infinite(boolean sign) {
        kind = INFINITE;
        negative = sign;
    }

    /** Becomes a finite number of 128 bits, not yet rounded, with its leading bit wherever. */
    void wide(boolean sign, int exponent, long high, long lower) {
        kind = FINITE;
        negative = sign;
        if (high == 0) {
            exponent -= 64;
            high = lower;
            lower = 0;
        }
        int n = Long.numberOfLeadingZeros(high);
        exp = exponent - n;
        sig = n == 0 ? high : high << n | lower >>> 64 - n;
        low = lower << n;
    }

    /** Shifts sig and low to the right; what falls off stays as the sticky bit. */
    void shiftRight(int n) {
        if (n == 0) {
            return;
        }
        if (n < 64) {
            low = sig << 64 - n | low >>> n | (low << 64 - n != 0 ? 1 : 0);
            sig >>>= n;
        } else if (n < 128) {
            int m = n - 64;
            boolean lost = low != 0 || m != 0 && sig << 64 - m != 0;
            low = sig >>> m | (lost ? 1 : 0);
            sig = 0;
        } else {
            low = (sig | low) != 0 ? 1 : 0;
            sig = 0;
        }
    }

    void copy(Unpacked o) {
        kind = o.kind;
        negative = o.negative;
        exp = o.exp;
        sig = o.sig;
        low = o.low;
        denormal = o.denormal;
    }
}
