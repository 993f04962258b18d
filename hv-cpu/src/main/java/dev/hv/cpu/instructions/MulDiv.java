package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Vector;

/**
 * Multiplication and division (SDM vol. 2, "MUL", "IMUL", "DIV", "IDIV"). Operands are zero-extended. Multiplications set CF
 * and OF when the product does not fit the operand size; SF ZF and PF, undefined, are those of the low part. Divisions leave
 * the flags alone.
 */
public final class MulDiv {

    private static final long LOW32 = 0xFFFFFFFFL;

    private MulDiv() {}

    private static void flags(Cpu c, long low, boolean overflow) {
        Flags.set(c, low, overflow, overflow, false);
    }

    /** MUL: AX = AL * operand. */
    public static void mul8(Cpu c, long b) {
        long p = (c.gpr(Cpu.RAX) & 0xFF) * b;
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | p);
        flags(c, (byte) p, p > 0xFF);
    }

    /** MUL: DX:AX = AX * operand. */
    public static void mul16(Cpu c, long b) {
        long p = (c.gpr(Cpu.RAX) & 0xFFFF) * b;
        pair16(c, p);
        flags(c, (short) p, p > 0xFFFF);
    }

    /** MUL: EDX:EAX = EAX * operand. */
    public static void mul32(Cpu c, long b) {
        long p = (c.gpr(Cpu.RAX) & LOW32) * b;
        c.gpr(Cpu.RAX, p & LOW32);
        c.gpr(Cpu.RDX, p >>> 32);
        flags(c, (int) p, p >>> 32 != 0);
    }

    /** MUL: RDX:RAX = RAX * operand. */
    public static void mul64(Cpu c, long b) {
        long a = c.gpr(Cpu.RAX);
        long high = Math.unsignedMultiplyHigh(a, b);
        c.gpr(Cpu.RAX, a * b);
        c.gpr(Cpu.RDX, high);
        flags(c, a * b, high != 0);
    }

    /** IMUL with one operand: AX = AL * operand. */
    public static void imulWide8(Cpu c, long b) {
        long p = (long) (byte) c.gpr(Cpu.RAX) * (byte) b;
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | p & 0xFFFF);
        flags(c, (byte) p, p != (byte) p);
    }

    /** IMUL with one operand: DX:AX = AX * operand. */
    public static void imulWide16(Cpu c, long b) {
        long p = (long) (short) c.gpr(Cpu.RAX) * (short) b;
        pair16(c, p);
        flags(c, (short) p, p != (short) p);
    }

    /** IMUL with one operand: EDX:EAX = EAX * operand. */
    public static void imulWide32(Cpu c, long b) {
        long p = (long) (int) c.gpr(Cpu.RAX) * (int) b;
        c.gpr(Cpu.RAX, p & LOW32);
        c.gpr(Cpu.RDX, p >>> 32);
        flags(c, (int) p, p != (int) p);
    }

    /** IMUL with one operand: RDX:RAX = RAX * operand. */
    public static void imulWide64(Cpu c, long b) {
        long a = c.gpr(Cpu.RAX);
        long high = Math.multiplyHigh(a, b);
        c.gpr(Cpu.RAX, a * b);
        c.gpr(Cpu.RDX, high);
        flags(c, a * b, high != a * b >> 63);
    }

    /** IMUL with two or three operands on words. */
    public static long imul16(Cpu c, long a, long b) {
        long p = (long) (short) a * (short) b;
        flags(c, (short) p, p != (short) p);
        return p;
    }

    /** IMUL with two or three operands on doublewords. */
    public static long imul32(Cpu c, long a, long b) {
        long p = (long) (int) a * (int) b;
        flags(c, (int) p, p != (int) p);
        return p;
    }

    /** IMUL with two or three operands on quadwords. */
    public static long imul64(Cpu c, long a, long b) {
        long p = a * b;
        flags(c, p, Math.multiplyHigh(a, b) != p >> 63);
        return p;
    }

    /** DIV: AL = AX / operand, AH = remainder; #DE when the quotient does not fit. */
    public static void div8(Cpu c, long b) {
        long a = c.gpr(Cpu.RAX) & 0xFFFF;
        if (b == 0 || a >>> 8 >= b) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | a / b | a % b << 8);
    }

    /** DIV: AX = DX:AX / operand, DX = remainder. */
    public static void div16(Cpu c, long b) {
        long a = (c.gpr(Cpu.RDX) & 0xFFFF) << 16 | c.gpr(Cpu.RAX) & 0xFFFF;
        if (b == 0 || a >>> 16 >= b) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | a / b);
        c.gpr(Cpu.RDX, c.gpr(Cpu.RDX) & ~0xFFFFL | a % b);
    }

    /** DIV: EAX = EDX:EAX / operand, EDX = remainder. */
    public static void div32(Cpu c, long b) {
        long a = c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX) & LOW32;
        if (b == 0 || a >>> 32 >= b) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, Long.divideUnsigned(a, b));
        c.gpr(Cpu.RDX, Long.remainderUnsigned(a, b));
    }

    /** DIV: RAX = RDX:RAX / operand, RDX = remainder. */
    public static void div64(Cpu c, long b) {
        long high = c.gpr(Cpu.RDX);
        long low = c.gpr(Cpu.RAX);
        if (b == 0 || Long.compareUnsigned(high, b) >= 0) {
            throw c.fault(Vector.DE, 0);
        }
        long q = high == 0 ? Long.divideUnsigned(low, b) : divide128(high, low, b);
        c.gpr(Cpu.RAX, q);
        c.gpr(Cpu.RDX, low - q * b);
    }

    /** IDIV: AL = AX / operand, AH = remainder; #DE when the quotient does not fit. */
    public static void idiv8(Cpu c, long operand) {
        long a = (short) c.gpr(Cpu.RAX);
        long b = (byte) operand;
        if (b == 0 || a / b != (byte) (a / b)) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | a / b & 0xFF | (a % b & 0xFF) << 8);
    }

    /** IDIV: AX = DX:AX / operand, DX = remainder. */
    public static void idiv16(Cpu c, long operand) {
        long a = (int) (c.gpr(Cpu.RDX) << 16 | c.gpr(Cpu.RAX) & 0xFFFF);
        long b = (short) operand;
        if (b == 0 || a / b != (short) (a / b)) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | a / b & 0xFFFF);
        c.gpr(Cpu.RDX, c.gpr(Cpu.RDX) & ~0xFFFFL | a % b & 0xFFFF);
    }

    /** IDIV: EAX = EDX:EAX / operand, EDX = remainder. */
    public static void idiv32(Cpu c, long operand) {
        long a = c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX) & LOW32;
        long b = (int) operand;
        // the smallest dividend by -1 overflows Java's division to itself, which does not fit either
        if (b == 0 || a / b != (int) (a / b)) {
            throw c.fault(Vector.DE, 0);
        }
        c.gpr(Cpu.RAX, a / b & LOW32);
        c.gpr(Cpu.RDX, a % b & LOW32);
    }

    /** IDIV: RAX = RDX:RAX / operand, RDX = remainder. */
    public static void idiv64(Cpu c, long b) {
        long high = c.gpr(Cpu.RDX);
        long low = c.gpr(Cpu.RAX);
        if (b == 0) {
            throw c.fault(Vector.DE, 0);
        }
        if (high == low >> 63 && !(low == Long.MIN_VALUE && b == -1)) {
            c.gpr(Cpu.RAX, low / b);
            c.gpr(Cpu.RDX, low % b);
            return;
        }
        boolean negative = high < 0;
        long absHigh = negative ? ~high + (low == 0 ? 1 : 0) : high;
        long absLow = negative ? -low : low;
        long absB = Math.abs(b);
        // as unsigned numbers, so the absolute value of the smallest long is right
        if (Long.compareUnsigned(absHigh, absB) >= 0) {
            throw c.fault(Vector.DE, 0);
        }
        long q = absHigh == 0 ? Long.divideUnsigned(absLow, absB) : divide128(absHigh, absLow, absB);
        boolean negativeQuotient = negative ^ b < 0;
        if (q < 0 && !(negativeQuotient && q == Long.MIN_VALUE)) {
            throw c.fault(Vector.DE, 0);
        }
        long remainder = absLow - q * absB;
        c.gpr(Cpu.RAX, negativeQuotient ? -q : q);
        c.gpr(Cpu.RDX, negative ? -remainder : remainder);
    }

    /**
     * Quotient of an unsigned 128-bit number by a 64-bit one; {@code high} is below {@code b}, so it fits. Two digits of
     * 32 bits by schoolbook division (Knuth, The Art of Computer Programming, vol. 2, 4.3.1, algorithm D).
     */
    static long divide128(long high, long low, long b) {
        int shift = Long.numberOfLeadingZeros(b);
        long d = b << shift;
        long d1 = d >>> 32;
        long d0 = d & LOW32;
        long n2 = shift == 0 ? high : high << shift | low >>> 64 - shift;
        long n10 = low << shift;
        long q1 = digit(n2, n10 >>> 32, d1, d0);
        long n21 = (n2 << 32 | n10 >>> 32) - q1 * d;
        long q0 = digit(n21, n10 & LOW32, d1, d0);
        return (q1 << 32) + q0;
    }

    /** One quotient digit of (n : next) by d1 : d0. */
    private static long digit(long n, long next, long d1, long d0) {
        long q = Long.divideUnsigned(n, d1);
        long r = n - q * d1;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
            q--;
            r += d1;
            if (r >>> 32 != 0) {
                break;
            }
        }
        return q;
    }

    private static void pair16(Cpu c, long p) {
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | p & 0xFFFF);
        c.gpr(Cpu.RDX, c.gpr(Cpu.RDX) & ~0xFFFFL | p >>> 16 & 0xFFFF);
    }
}
