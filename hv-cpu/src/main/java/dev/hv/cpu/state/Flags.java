package dev.hv.cpu.state;

/**
 * The lazy arithmetic flags: two words in {@link Cpu}, written by every operation that sets flags, read branch-free.
 *
 * <p>{@code flagResult} is the result sign-extended to 64 bits. {@code flagAux} holds bit 63 CF, bit 62 CF xor OF, bit 3 AF,
 * and two corrections that only explicit flag loads set: bits 15:8 are xored into the byte whose parity is PF, bit 0 into SF.
 * So every combination of flags can be expressed, even ZF with SF.
 */
public final class Flags {

    private static final long CARRIES = 3L << 62;

    private Flags() {}

    /** Flags after a 64-bit operation: {@code carries} is the carry (or borrow) out of every bit. */
    public static void set64(Cpu c, long result, long carries) {
        c.flagResult(result);
        c.flagAux(carries & (CARRIES | 8));
    }

    /** Flags after a 32-bit operation on values in the low half. */
    public static void set32(Cpu c, long result, long carries) {
        c.flagResult((int) result);
        c.flagAux(carries << 32 & CARRIES | carries & 8);
    }

    /** Flags after a 16-bit operation. */
    public static void set16(Cpu c, long result, long carries) {
        c.flagResult((short) result);
        c.flagAux(carries << 48 & CARRIES | carries & 8);
    }

    /** Flags after an 8-bit operation. */
    public static void set8(Cpu c, long result, long carries) {
        c.flagResult((byte) result);
        c.flagAux(carries << 56 & CARRIES | carries & 8);
    }

    /** Flags after a logical operation: CF, OF and AF are clear. {@code result} is sign-extended already. */
    public static void setLogic(Cpu c, long result) {
        c.flagResult(result);
        c.flagAux(0);
    }

    /** Sets SF, ZF and PF from a sign-extended result, and the other three as told. */
    public static void set(Cpu c, long result, boolean cf, boolean of, boolean af) {
        c.flagResult(result);
        c.flagAux((cf ? 1L << 63 : 0) | (cf != of ? 1L << 62 : 0) | (af ? 8 : 0));
    }

    /** CF. */
    public static boolean cf(Cpu c) {
        return c.flagAux() < 0;
    }

    /** CF as 0 or 1. */
    public static long carry(Cpu c) {
        return c.flagAux() >>> 63;
    }

    /** ZF. */
    public static boolean zf(Cpu c) {
        return c.flagResult() == 0;
    }

    /** SF. */
    public static boolean sf(Cpu c) {
        return (c.flagResult() ^ c.flagAux() << 63) < 0;
    }

    /** OF. */
    public static boolean of(Cpu c) {
        return (c.flagAux() ^ c.flagAux() << 1) < 0;
    }

    /** PF. */
    public static boolean pf(Cpu c) {
        long x = (c.flagResult() ^ c.flagAux() >>> 8) & 0xFF;
        x ^= x >>> 4;
        return (0x6996 >>> (x & 15) & 1) == 0;
    }

    /** AF. */
    public static boolean af(Cpu c) {
        return (c.flagAux() & 8) != 0;
    }

    /** SF != OF: the signed comparison was "less". */
    public static boolean less(Cpu c) {
        long aux = c.flagAux();
        return (c.flagResult() ^ aux << 63 ^ aux ^ aux << 1) < 0;
    }

    /** One of the sixteen conditions, numbered as in the opcodes (SDM vol. 1, appendix B). */
    public static boolean condition(Cpu c, int cc) {
        boolean r = switch (cc >> 1) {
            case 0 -> of(c);
            case 1 -> cf(c);
            case 2 -> zf(c);
            case 3 -> cf(c) || zf(c);
            case 4 -> sf(c);
            case 5 -> pf(c);
            case 6 -> less(c);
            default -> less(c) || zf(c);
        };
        return r ^ (cc & 1) != 0;
    }

    /** Replaces CF alone. */
    public static void setCf(Cpu c, boolean cf) {
        long flip = (c.flagAux() < 0) != cf ? CARRIES : 0;
        c.flagAux(c.flagAux() ^ flip);
    }

    /** Replaces ZF alone. */
    public static void setZf(Cpu c, boolean zf) {
        load(c, arithmetic(c) & ~Rflags.ZF | (zf ? Rflags.ZF : 0));
    }

    /** Replaces OF alone. */
    public static void setOf(Cpu c, boolean of) {
        if (of(c) != of) {
            c.flagAux(c.flagAux() ^ (1L << 62));
        }
    }

    /** The six arithmetic flags at their places in RFLAGS. */
    public static int arithmetic(Cpu c) {
        return (cf(c) ? Rflags.CF : 0)
                | (pf(c) ? Rflags.PF : 0)
                | (af(c) ? Rflags.AF : 0)
                | (zf(c) ? Rflags.ZF : 0)
                | (sf(c) ? Rflags.SF : 0)
                | (of(c) ? Rflags.OF : 0);
    }

    /** Loads the six arithmetic flags from their places in RFLAGS; other bits are ignored. */
    public static void load(Cpu c, long rflags) {
        boolean zf = (rflags & Rflags.ZF) != 0;
        boolean sf = (rflags & Rflags.SF) != 0;
        boolean cf = (rflags & Rflags.CF) != 0;
        boolean of = (rflags & Rflags.OF) != 0;
        boolean pf = (rflags & Rflags.PF) != 0;
        // Result 0 has PF set, 1 has PF clear; the corrections turn them into what is wanted.
        c.flagResult(zf ? 0 : 1);
        long parityFix = pf != zf ? 1L << 8 : 0;
        c.flagAux((cf ? 1L << 63 : 0) | (cf != of ? 1L << 62 : 0) | ((rflags & Rflags.AF) != 0 ? 8 : 0) | parityFix | (sf ? 1 : 0));
    }
}
