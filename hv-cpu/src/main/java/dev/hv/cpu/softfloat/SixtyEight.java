package dev.hv.cpu.softfloat;

/**
 * What AMD's processors calculate transcendental functions with: registers of 68 bits, to which steps round to the nearest, before a last step that is exact. Logarithms
 * are such numbers, times y; F2XM1 and FPTAN are quotients of polynomials, of which small arguments see the constants alone. Found by comparing results and C1 with silicon
 * (family 26, model 2) under all rounding modes, of arguments chosen for it; vectors of family 25 agree.
 */
final class SixtyEight {

    /** Bits of an intermediate result. */
    private static final int BITS = 68;
    /** 2^-72: below it the polynomials of F2XM1 are their constants. */
    static final int LINEAR_EXPONENTIAL = -72;
    /** log2 e of 68 bits. */
    private static final double LOG2_E = 0x1.71547652b82fep+0;
    private static final double LOG2_E_LOW = 0x1.778p-56;
    /** The constants of F2XM1's polynomials: 2^x − 1 is x times half the quotient of these two, whose difference from ln 2 is 2^-71. */
    private static final double EXPONENTIAL = 0x1.d7db20ff9770bp+0;
    private static final double EXPONENTIAL_LOW = 0x1.cecp-54;
    private static final double DIVISOR = 0x1.545f44475b05ap+0;
    private static final double DIVISOR_LOW = 0x1.6968p-54;
    /** The constant of both polynomials of FPTAN, 68 bits: four, and 64 more. */
    private static final long TANGENT = 0xB;
    private static final long TANGENT_LOW = 0x9F25A5EEF7C79A2CL;

    private SixtyEight() {}

    /** x becomes 2^x − 1 where the linear part is all of it. */
    static void timesLn2(DoubleDouble x) {
        x.mul(EXPONENTIAL, EXPONENTIAL_LOW).round(BITS).div(DIVISOR, DIVISOR_LOW).mul(0.5);
    }

    /** x becomes log2(x + 1) where the linear part is all of it. */
    static void toLog2(DoubleDouble x) {
        x.mul(LOG2_E, LOG2_E_LOW);
    }

    /** Ends with y times the logarithm in x. */
    static void times(FpEnv e, Unpacked y) {
        e.x.round(BITS);
        SixtySeven.product(e, y);
        inexact(e);
    }

    /** Rounds r, which counts as inexact, and as an underflow where it is denormal, when it is neither. */
    private static void inexact(FpEnv e) {
        boolean tiny = e.r.exp < Trigonometry.LEAST_NORMAL;
        Rounding.round80(e);
        e.flags |= tiny && (e.flags & FpEnv.PE) == 0 ? FpEnv.PE | FpEnv.UE : FpEnv.PE;
        Rounding.pack80(e);
    }

    /** Ends with the tangent of a small number: it is multiplied by a constant, which is rounded, and divided by it. */
    static void tangent(FpEnv e, Unpacked a) {
        int way = tangentRounds(a.sig);
        if (way < 0) {
            e.r.wide(a.negative, a.exp, a.sig - 1, -1);
        } else {
            e.r.copy(a);
            e.r.low = way;
        }
        inexact(e);
    }

    /** Whether the product of a normalised significand and the constant of the tangent is rounded down (-1), up (1), or is exact (0). */
    private static int tangentRounds(long sig) {
        long low = TANGENT_LOW * sig;
        long more = TANGENT * sig;
        long high = Math.unsignedMultiplyHigh(TANGENT_LOW, sig) + more;
        long top = Math.unsignedMultiplyHigh(TANGENT, sig) + (Long.compareUnsigned(high, more) < 0 ? 1 : 0);
        // of 132 bits 64 lie behind those that are kept, of 131 one less
        boolean odd = (high & 1) != 0;
        long behind = low;
        if (top >>> 3 == 0) {
            odd = low < 0;
            behind = low << 1;
        }
        return behind == 0 ? 0 : behind < 0 && (behind != Long.MIN_VALUE || odd) ? 1 : -1;
    }
}
