package dev.hv.cpu.softfloat;

/** binary16 as F16C converts it, on raw bits (SDM vol. 1, 14.4.1): denormals are heeded whatever MXCSR says of them as halves. */
public final class F16 {

    private static final int EXPONENT = 0x7C00;
    private static final int QUIET = 0x200;
    /** Bits of the significand, and exponents of the least and the greatest normal number. */
    private static final int PRECISION = 11;
    private static final int LEAST = -14;
    private static final int MOST = 15;

    private F16() {}

    /** Converts to binary32: always exact. */
    public static int to32(FpEnv e, int half) {
        int sign = (half & 0x8000) << 16;
        int magnitude = half & 0x7FFF;
        if (magnitude > EXPONENT) {
            if ((half & QUIET) == 0) {
                e.flags |= FpEnv.IE;
            }
            return sign | 0x7FC00000 | (half & 0x3FF) << 13;
        }
        return sign | Float.floatToRawIntBits(Float.float16ToFloat((short) magnitude));
    }

    /** Converts from binary32 as {@link FpEnv#rounding} says; tiny results are never flushed to zero. */
    public static int from32(FpEnv e, int v) {
        if (F32.nan(v)) {
            if (F32.signaling(v)) {
                e.flags |= FpEnv.IE;
            }
            return v >>> 16 & 0x8000 | EXPONENT | QUIET | v >>> 13 & 0x3FF;
        }
        Unpacked r = e.r;
        r.unpack32(v, e.daz);
        if (r.denormal) {
            e.flags |= FpEnv.DE;
        }
        boolean ftz = e.ftz;
        e.ftz = false;
        Rounding.round(e, PRECISION, LEAST, MOST);
        e.ftz = ftz;
        int sign = r.negative ? 0x8000 : 0;
        return switch (r.kind) {
            case Unpacked.ZERO -> sign;
            case Unpacked.INFINITE -> sign | EXPONENT;
            default -> sign | (r.sig < 0 ? r.exp + MOST << 10 : 0) & EXPONENT | (int) (r.sig >>> 53) & 0x3FF;
        };
    }
}
