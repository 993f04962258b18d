package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H16;
import static dev.hv.cpu.instructions.Lanes.H32;
import static dev.hv.cpu.instructions.Lanes.H8;

/**
 * Packed sums, differences, averages and logic of one 64-bit half: a whole MMX register, or half an XMM register (SDM vol. 2,
 * the pages of the names). {@code a} is the destination, {@code b} the source.
 */
public final class PackedArithmetic {

    private PackedArithmetic() {}

    /** PADDB. */
    public static long paddb(long a, long b) {
        return Lanes.add(a, b, H8);
    }

    /** PADDW. */
    public static long paddw(long a, long b) {
        return Lanes.add(a, b, H16);
    }

    /** PADDD. */
    public static long paddd(long a, long b) {
        return Lanes.add(a, b, H32);
    }

    /** PADDQ. */
    public static long paddq(long a, long b) {
        return a + b;
    }

    /** PSUBB. */
    public static long psubb(long a, long b) {
        return Lanes.sub(a, b, H8);
    }

    /** PSUBW. */
    public static long psubw(long a, long b) {
        return Lanes.sub(a, b, H16);
    }

    /** PSUBD. */
    public static long psubd(long a, long b) {
        return Lanes.sub(a, b, H32);
    }

    /** PSUBQ. */
    public static long psubq(long a, long b) {
        return a - b;
    }

    /** PADDSB. */
    public static long paddsb(long a, long b) {
        return addSigned(a, b, H8, 8);
    }

    /** PADDSW. */
    public static long paddsw(long a, long b) {
        return addSigned(a, b, H16, 16);
    }

    /** PSUBSB. */
    public static long psubsb(long a, long b) {
        return subSigned(a, b, H8, 8);
    }

    /** PSUBSW. */
    public static long psubsw(long a, long b) {
        return subSigned(a, b, H16, 16);
    }

    /** PADDUSB. */
    public static long paddusb(long a, long b) {
        return addUnsigned(a, b, H8, 8);
    }

    /** PADDUSW. */
    public static long paddusw(long a, long b) {
        return addUnsigned(a, b, H16, 16);
    }

    /** PSUBUSB. */
    public static long psubusb(long a, long b) {
        return Lanes.sub(a, b, H8) & ~Lanes.fill(Lanes.below(a, b, H8), 8);
    }

    /** PSUBUSW. */
    public static long psubusw(long a, long b) {
        return Lanes.sub(a, b, H16) & ~Lanes.fill(Lanes.below(a, b, H16), 16);
    }

    static long addSigned(long a, long b, long h, int width) {
        long r = Lanes.add(a, b, h);
        return saturate(a, r, ~(a ^ b) & (a ^ r) & h, h, width);
    }

    static long subSigned(long a, long b, long h, int width) {
        long r = Lanes.sub(a, b, h);
        return saturate(a, r, (a ^ b) & (a ^ r) & h, h, width);
    }

    /** Where a lane overflowed, the end of the range on a's side. */
    private static long saturate(long a, long r, long overflow, long h, int width) {
        long end = ~h + ((a & h) >>> width - 1);
        return Lanes.select(Lanes.fill(overflow, width), end, r);
    }

    private static long addUnsigned(long a, long b, long h, int width) {
        long r = Lanes.add(a, b, h);
        return r | Lanes.fill((a & b | (a | b) & ~r) & h, width);
    }

    /** PAVGB: rounded up. */
    public static long pavgb(long a, long b) {
        return (a | b) - ((a ^ b) >>> 1 & ~H8);
    }

    /** PAVGW: rounded up. */
    public static long pavgw(long a, long b) {
        return (a | b) - ((a ^ b) >>> 1 & ~H16);
    }

    /** PSADBW: the sum of the eight absolute differences. */
    public static long psadbw(long a, long b) {
        long above = Lanes.fill(Lanes.below(b, a, H8), 8);
        long d = Lanes.select(above, a, b) - Lanes.select(above, b, a);
        return ((d & 0x00FF00FF00FF00FFL) + (d >>> 8 & 0x00FF00FF00FF00FFL)) * 0x0001000100010001L >>> 48;
    }

    /** PSIGNB. */
    public static long psignb(long a, long b) {
        return sign(a, b, H8, 8);
    }

    /** PSIGNW. */
    public static long psignw(long a, long b) {
        return sign(a, b, H16, 16);
    }

    /** PSIGND. */
    public static long psignd(long a, long b) {
        return sign(a, b, H32, 32);
    }

    private static long sign(long a, long b, long h, int width) {
        long negative = Lanes.fill(b & h, width);
        return Lanes.sub(a ^ negative, negative, h) & ~Lanes.fill(Lanes.zero(b, h), width);
    }

    /** PABSB. */
    public static long pabsb(long b) {
        long negative = Lanes.fill(b & H8, 8);
        return Lanes.sub(b ^ negative, negative, H8);
    }

    /** PABSW. */
    public static long pabsw(long b) {
        long negative = Lanes.fill(b & H16, 16);
        return Lanes.sub(b ^ negative, negative, H16);
    }

    /** PABSD. */
    public static long pabsd(long b) {
        long negative = Lanes.fill(b & H32, 32);
        return Lanes.sub(b ^ negative, negative, H32);
    }

    /** PAND, ANDPS, ANDPD. */
    public static long pand(long a, long b) {
        return a & b;
    }

    /** PANDN, ANDNPS, ANDNPD: the destination is complemented. */
    public static long pandn(long a, long b) {
        return ~a & b;
    }

    /** POR, ORPS, ORPD. */
    public static long por(long a, long b) {
        return a | b;
    }

    /** PXOR, XORPS, XORPD. */
    public static long pxor(long a, long b) {
        return a ^ b;
    }
}
