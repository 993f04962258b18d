package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;

/** Arithmetic in fields of characteristic 2: PCLMULQDQ and GFNI (SDM vol. 2, the pages of the names). */
public final class Galois {

    /** x⁸ + x⁴ + x³ + x + 1 without its first term. */
    private static final long POLYNOMIAL = 0x1B;
    private static final long ONES = 0x0101010101010101L;
    private static final byte[] INVERSES = inverses();

    private Galois() {}

    /** PCLMULQDQ: the immediate chooses a half of each source. */
    public static void pclmulqdq(Cpu c, int x, long low, long high, int imm) {
        long a = c.xmm(2 * x + (imm & 1));
        long b = (imm & 16) == 0 ? low : high;
        long r0 = 0;
        long r1 = 0;
        for (long rest = b; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            r0 ^= a << i;
            r1 ^= i == 0 ? 0 : a >>> 64 - i;
        }
        SseMove.load(c, x, r0, r1);
    }

    /** GF2P8MULB on eight bytes. */
    public static long gf2p8mulb(long a, long b) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            r ^= (b >>> i & ONES) * 0xFF & a;
            a = (a & 0x7F7F7F7F7F7F7F7FL) << 1 ^ (a >>> 7 & ONES) * POLYNOMIAL;
        }
        return r;
    }

    /** A product of two elements. */
    static int multiply(int a, int b) {
        return (int) gf2p8mulb(a, b) & 0xFF;
    }

    /** The element whose product with another is 1; 0 of 0. */
    static int inverse(int a) {
        return INVERSES[a] & 0xFF;
    }

    private static byte[] inverses() {
        byte[] table = new byte[256];
        for (int a = 1; a < 256; a++) {
            // every other element to the 255th is 1
            int r = 1;
            for (int n = 0; n < 254; n++) {
                r = multiply(r, a);
            }
            table[a] = (byte) r;
        }
        return table;
    }

    /** GF2P8AFFINEQB on eight bytes: each is multiplied by the matrix, whose first row is the highest byte, and the immediate added. */
    public static long gf2p8affineqb(long v, long matrix, int imm) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            long products = v & (matrix >>> 8 * (7 - i) & 0xFF) * ONES;
            // parities of bytes in their lowest bits
            products ^= products >>> 4;
            products ^= products >>> 2;
            products ^= products >>> 1;
            r |= (products & ONES) << i;
        }
        return r ^ (imm & 0xFF) * ONES;
    }

    /** GF2P8AFFINEINVQB on eight bytes. */
    public static long gf2p8affineinvqb(long v, long matrix, int imm) {
        long inverted = 0;
        for (int i = 0; i < 64; i += 8) {
            inverted |= (long) inverse((int) (v >>> i) & 0xFF) << i;
        }
        return gf2p8affineqb(inverted, matrix, imm);
    }
}
