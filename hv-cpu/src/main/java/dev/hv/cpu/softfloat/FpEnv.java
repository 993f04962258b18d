package dev.hv.cpu.softfloat;

/**
 * What floating-point operations share: rounding and treatment of denormals on the way in, exception flags on the way out,
 * and room for operands. One per processor; nothing in it outlives an instruction.
 */
public final class FpEnv {

    /** Invalid operation. */
    public static final int IE = 1;
    /** Denormal operand. */
    public static final int DE = 1 << 1;
    /** Division by zero. */
    public static final int ZE = 1 << 2;
    /** Overflow. */
    public static final int OE = 1 << 3;
    /** Underflow. */
    public static final int UE = 1 << 4;
    /** Inexact result. */
    public static final int PE = 1 << 5;
    /** Exceptions found before the operation is carried out. */
    public static final int BEFORE = IE | DE | ZE;
    public static final int ALL = 0x3F;

    /** Rounding control as in MXCSR and the x87 control word. */
    public static final int NEAREST = 0;
    public static final int DOWN = 1;
    public static final int UP = 2;
    public static final int TRUNCATE = 3;

    public int rounding;
    /** Exceptions masked, at the places of the flags. */
    public int masks;
    /** Exceptions that occurred. */
    public int flags;
    /** Denormal operands count as zeros. */
    public boolean daz;
    /** Tiny results become zeros, when the underflow exception is masked. */
    public boolean ftz;
    /** Inexact results need not be noticed: the flag stands already, and the exception is masked. */
    public boolean inexactKnown;
    /** An unmasked overflow or underflow gives a result with its exponent wrapped (x87 registers). */
    public boolean wrap;
    /** Bits of an extended result's significand: 24, 53 or 64. */
    public int precision = 64;
    /** The operand from memory was a denormal of a narrower format. */
    public boolean denormalSource;
    /** The last rounding went away from zero. */
    public boolean roundedUp;

    /** Where manuals define no result, that of AMD's processors, else that of Intel's. */
    public boolean amd;

    /** Exceptions of several parts of one instruction are gathered before any is raised. */
    public boolean gathering;

    /** First operand, second operand and result, taken apart. */
    public final Unpacked a = new Unpacked();
    public final Unpacked b = new Unpacked();
    /** Addend of a fused multiplication. */
    public final Unpacked c = new Unpacked();
    public final Unpacked r = new Unpacked();
    /** Room for the transcendental functions. */
    final DoubleDouble x = new DoubleDouble();
    final DoubleDouble y = new DoubleDouble();
    final DoubleDouble z = new DoubleDouble();
    final DoubleDouble u = new DoubleDouble();
    final DoubleDouble v = new DoubleDouble();
    final DoubleDouble w = new DoubleDouble();

    /** Extended result: sign and exponent. */
    public int signExp;
    /** Extended result: significand. */
    public long significand;
    /** Low bits of the quotient of a remainder. */
    public int quotient;
    /** A remainder is a partial one. */
    public boolean partial;

    /** Sets up for an SSE instruction. */
    public void sse(int mxcsr) {
        rounding = mxcsr >> 13 & 3;
        masks = mxcsr >> 7 & ALL;
        daz = (mxcsr & 1 << 6) != 0;
        ftz = (mxcsr & 1 << 15) != 0;
        denormalSource = false;
        inexactKnown = (mxcsr & 1 << 5 & mxcsr >> 7) != 0;
        wrap = false;
        flags = 0;
    }

    /** Sets up for an x87 instruction. */
    public void x87(int fcw) {
        rounding = fcw >> 10 & 3;
        masks = fcw & ALL;
        daz = false;
        ftz = false;
        inexactKnown = false;
        wrap = true;
        int pc = fcw >> 8 & 3;
        precision = pc == 0 ? 24 : pc == 2 ? 53 : 64;
        flags = 0;
        roundedUp = false;
        denormalSource = false;
        quotient = 0;
        partial = false;
    }

    /** The exceptions of this operation that are not masked. */
    public int unmasked() {
        return flags & ~masks;
    }

    /** Notes denormal operands. */
    void denormals() {
        if (a.denormal || b.denormal || denormalSource) {
            flags |= DE;
        }
    }
}
