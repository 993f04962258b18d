package dev.hv.cpu.instructions;

/**
 * Arithmetic on all lanes of a 64-bit word at once. {@code h} is the word with the highest bit of every lane set; lanes are
 * 8, 16 or 32 bits.
 */
final class Lanes {

    static final long H8 = 0x8080808080808080L;
    static final long H16 = 0x8000800080008000L;
    static final long H32 = 0x8000000080000000L;
    static final long LOW32 = 0xFFFFFFFFL;

    private Lanes() {}

    /** Sums that wrap: the highest bits are added without carry. */
    static long add(long a, long b, long h) {
        return (a & ~h) + (b & ~h) ^ (a ^ b) & h;
    }

    /** Differences that wrap: the highest bits are set so that no lane borrows from its neighbour. */
    static long sub(long a, long b, long h) {
        return (a | h) - (b & ~h) ^ (a ^ ~b) & h;
    }

    /** Highest bits of the lanes where a is below b, unsigned: the borrows of a - b. */
    static long below(long a, long b, long h) {
        return (~a & b | ~(a ^ b) & sub(a, b, h)) & h;
    }

    /** Highest bits of the lanes that are zero. */
    static long zero(long x, long h) {
        return ~((x & ~h) + ~h | x) & h;
    }

    /** Lanes of ones where the highest bit is set in {@code bits} (which has no other bits), else zeroes. */
    static long fill(long bits, int width) {
        return (bits >>> width - 1) * (-1L >>> 64 - width);
    }

    /** Lanes of a where the mask is ones, of b where it is zeroes. */
    static long select(long mask, long a, long b) {
        return b ^ (a ^ b) & mask;
    }

    /** Four bytes in the low half as four words. */
    static long spread8(long x) {
        x &= LOW32;
        x = (x | x << 16) & 0x0000FFFF0000FFFFL;
        return (x | x << 8) & 0x00FF00FF00FF00FFL;
    }

    /** Two words in the low half as two doublewords. */
    static long spread16(long x) {
        return (x & 0xFFFF) | (x & 0xFFFF0000L) << 16;
    }

    /** The low bytes of four words as four bytes in the low half. */
    static long gather8(long x) {
        x &= 0x00FF00FF00FF00FFL;
        x = (x | x >>> 8) & 0x0000FFFF0000FFFFL;
        return (x | x >>> 16) & LOW32;
    }
}
