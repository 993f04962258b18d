package dev.hv.cpu.softfloat;

/** The packed decimal format of FBLD and FBSTP: 18 digits, and the sign in bit 79 (SDM vol. 1, 4.7). */
public final class PackedDecimal {

    /** High 16 bits of the decimal indefinite; its low 64 are {@link #INDEFINITE_LOW}. */
    public static final int INDEFINITE_HIGH = 0xFFFF;
    public static final long INDEFINITE_LOW = 0xC000000000000000L;
    private static final long MOST = 999_999_999_999_999_999L;

    private PackedDecimal() {}

    /** Takes a decimal operand; digits above 9 count as what their bits say. */
    public static void load(FpEnv e, long low, int high) {
        long v = (high >> 4 & 15) * 10 + (high & 15);
        for (int i = 60; i >= 0; i -= 4) {
            v = v * 10 + (low >>> i & 15);
        }
        F80.loadInteger(e, v);
        if ((high & 0x8000) != 0) {
            e.signExp |= 0x8000;
        }
    }

    /** Rounds to a decimal: the low 64 bits; the high 16 stand in {@link FpEnv#signExp}. */
    public static long convert(FpEnv e, int signExp, long sig) {
        long v = F80.toInteger(e, signExp, sig, 64, e.rounding);
        if ((e.flags & FpEnv.IE) != 0 || Math.abs(v) > MOST) {
            e.flags = FpEnv.IE;
            e.roundedUp = false;
            e.signExp = INDEFINITE_HIGH;
            return INDEFINITE_LOW;
        }
        v = Math.abs(v);
        long low = 0;
        for (int i = 0; i < 64; i += 4) {
            low |= v % 10 << i;
            v /= 10;
        }
        e.signExp = signExp & 0x8000 | (int) (v / 10 << 4 | v % 10);
        return low;
    }
}
