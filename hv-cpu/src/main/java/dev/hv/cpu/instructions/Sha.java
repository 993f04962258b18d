package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;

/** The SHA extensions (SDM vol. 2B, the pages of the names; FIPS 180-4). {@code x} is the first source and the destination. */
public final class Sha {

    private static final int[] K = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

    private Sha() {}

    private static int upper(long v) {
        return (int) (v >>> 32);
    }

    private static void set(Cpu c, int x, int d3, int d2, int d1, int d0) {
        SseMove.load(c, x, SseFp.pair(d0, d1), SseFp.pair(d2, d3));
    }

    /** SHA1NEXTE. */
    public static void sha1nexte(Cpu c, int x, long low, long high) {
        int e = Integer.rotateLeft(upper(c.xmm(2 * x + 1)), 30);
        SseMove.load(c, x, low, SseFp.pair((int) high, upper(high) + e));
    }

    /** SHA1MSG1. */
    public static void sha1msg1(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, high ^ a, a ^ b);
    }

    /** SHA1MSG2. */
    public static void sha1msg2(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int w16 = Integer.rotateLeft(upper(b) ^ (int) high, 1);
        int w17 = Integer.rotateLeft((int) b ^ upper(low), 1);
        int w18 = Integer.rotateLeft(upper(a) ^ (int) low, 1);
        set(c, x, w16, w17, w18, Integer.rotateLeft((int) a ^ w16, 1));
    }

    /** SHA1RNDS4. */
    public static void sha1rnds4(Cpu c, int x, long low, long high, int imm) {
        int a = upper(c.xmm(2 * x + 1));
        int b = (int) c.xmm(2 * x + 1);
        int cc = upper(c.xmm(2 * x));
        int d = (int) c.xmm(2 * x);
        int e = 0;
        int f = imm & 3;
        for (int i = 0; i < 4; i++) {
            int w = i == 0 ? upper(high) : i == 1 ? (int) high : i == 2 ? upper(low) : (int) low;
            int mixed = f == 0 ? b & cc ^ ~b & d : f == 2 ? b & cc ^ b & d ^ cc & d : b ^ cc ^ d;
            int next = mixed + Integer.rotateLeft(a, 5) + w + e + K[f];
            e = d;
            d = cc;
            cc = Integer.rotateLeft(b, 30);
            b = a;
            a = next;
        }
        set(c, x, a, b, cc, d);
    }

    /** SHA256RNDS2: words and constants in XMM0. */
    public static void sha256rnds2(Cpu c, int x, long low, long high) {
        int a = upper(high);
        int b = (int) high;
        int cc = upper(c.xmm(2 * x + 1));
        int d = (int) c.xmm(2 * x + 1);
        int e = upper(low);
        int f = (int) low;
        int g = upper(c.xmm(2 * x));
        int h = (int) c.xmm(2 * x);
        for (int i = 0; i < 2; i++) {
            int wk = i == 0 ? (int) c.xmm(0) : upper(c.xmm(0));
            int t = (e & f ^ ~e & g) + (Integer.rotateRight(e, 6) ^ Integer.rotateRight(e, 11) ^ Integer.rotateRight(e, 25)) + wk + h;
            int s = (a & b ^ a & cc ^ b & cc) + (Integer.rotateRight(a, 2) ^ Integer.rotateRight(a, 13) ^ Integer.rotateRight(a, 22));
            h = g;
            g = f;
            f = e;
            e = t + d;
            d = cc;
            cc = b;
            b = a;
            a = t + s;
        }
        set(c, x, a, b, e, f);
    }

    private static int sigma0(int v) {
        return Integer.rotateRight(v, 7) ^ Integer.rotateRight(v, 18) ^ v >>> 3;
    }

    private static int sigma1(int v) {
        return Integer.rotateRight(v, 17) ^ Integer.rotateRight(v, 19) ^ v >>> 10;
    }

    /** SHA256MSG1. */
    public static void sha256msg1(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        set(c, x, upper(b) + sigma0((int) low), (int) b + sigma0(upper(b)), upper(a) + sigma0((int) b), (int) a + sigma0(upper(a)));
    }

    /** SHA256MSG2. */
    public static void sha256msg2(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int w16 = (int) a + sigma1((int) high);
        int w17 = upper(a) + sigma1(upper(high));
        int w18 = (int) b + sigma1(w16);
        set(c, x, upper(b) + sigma1(w17), w18, w17, w16);
    }
}
