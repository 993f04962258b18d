package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.LOW32;

/** Packed products of one 64-bit half (SDM vol. 2, the pages of the names). {@code a} is the destination, {@code b} the source. */
public final class PackedMultiply {

    private PackedMultiply() {}

    private static int word(long v, int i) {
        return (short) (v >>> 16 * i);
    }

    private static int product(long a, long b, int i) {
        return word(a, i) * word(b, i);
    }

    private static long words(int w0, int w1, int w2, int w3) {
        return w0 & 0xFFFFL | (w1 & 0xFFFFL) << 16 | (w2 & 0xFFFFL) << 32 | (long) w3 << 48;
    }

    private static long pair(int low, int high) {
        return low & LOW32 | (long) high << 32;
    }

    /** PMULLW. */
    public static long pmullw(long a, long b) {
        return words(product(a, b, 0), product(a, b, 1), product(a, b, 2), product(a, b, 3));
    }

    /** PMULHW. */
    public static long pmulhw(long a, long b) {
        return words(product(a, b, 0) >> 16, product(a, b, 1) >> 16, product(a, b, 2) >> 16, product(a, b, 3) >> 16);
    }

    /** PMULHUW. */
    public static long pmulhuw(long a, long b) {
        return words(high(a, b, 0), high(a, b, 16), high(a, b, 32), high(a, b, 48));
    }

    private static int high(long a, long b, int shift) {
        return (int) ((a >>> shift & 0xFFFF) * (b >>> shift & 0xFFFF) >>> 16);
    }

    /** PMULHRSW: rounded, scaled. */
    public static long pmulhrsw(long a, long b) {
        return words(rounded(product(a, b, 0)), rounded(product(a, b, 1)), rounded(product(a, b, 2)), rounded(product(a, b, 3)));
    }

    private static int rounded(int product) {
        return (product >> 14) + 1 >> 1;
    }

    /** PMADDWD. */
    public static long pmaddwd(long a, long b) {
        return pair(product(a, b, 0) + product(a, b, 1), product(a, b, 2) + product(a, b, 3));
    }

    /** PMADDUBSW: unsigned bytes of the destination times signed bytes of the source, pairs added with signed saturation. */
    public static long pmaddubsw(long a, long b) {
        return words(byteProducts(a, b, 0), byteProducts(a, b, 16), byteProducts(a, b, 32), byteProducts(a, b, 48));
    }

    private static int byteProducts(long a, long b, int shift) {
        int sum = (int) (a >>> shift & 0xFF) * (byte) (b >>> shift) + (int) (a >>> shift + 8 & 0xFF) * (byte) (b >>> shift + 8);
        return Math.clamp(sum, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** PMULUDQ. */
    public static long pmuludq(long a, long b) {
        return (a & LOW32) * (b & LOW32);
    }

    /** PMULDQ. */
    public static long pmuldq(long a, long b) {
        return (long) (int) a * (int) b;
    }

    /** PMULLD. */
    public static long pmulld(long a, long b) {
        return pair((int) a * (int) b, (int) (a >>> 32) * (int) (b >>> 32));
    }
}
