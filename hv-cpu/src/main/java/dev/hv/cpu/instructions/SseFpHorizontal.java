package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;

/** SSE3 and SSE4.1 arithmetic across elements (SDM vol. 2, the pages of the names); {@code x} is the destination register. */
public final class SseFpHorizontal {

    /** The first working register. */
    private static final int WORK = 16;

    private SseFpHorizontal() {}

    /** ADDSUBPS. */
    public static void addsubps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = addsubPair(e, c.xmm(2 * x), low);
        long h = addsubPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long addsubPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.sub(e, (int) a, (int) b), F32.add(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** ADDSUBPD. */
    public static void addsubpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.sub(e, c.xmm(2 * x), low);
        long h = F64.add(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** HADDPS. */
    public static void haddps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = SseFp.pair(addHalves(e, c.xmm(2 * x)), addHalves(e, c.xmm(2 * x + 1)));
        long h = SseFp.pair(addHalves(e, low), addHalves(e, high));
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static int addHalves(FpEnv e, long v) {
        return F32.add(e, (int) v, (int) (v >>> 32));
    }

    /** HADDPD. */
    public static void haddpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.add(e, c.xmm(2 * x), c.xmm(2 * x + 1));
        long h = F64.add(e, low, high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** HSUBPS. */
    public static void hsubps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = SseFp.pair(subHalves(e, c.xmm(2 * x)), subHalves(e, c.xmm(2 * x + 1)));
        long h = SseFp.pair(subHalves(e, low), subHalves(e, high));
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static int subHalves(FpEnv e, long v) {
        return F32.sub(e, (int) v, (int) (v >>> 32));
    }

    /** HSUBPD. */
    public static void hsubpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.sub(e, c.xmm(2 * x), c.xmm(2 * x + 1));
        long h = F64.sub(e, low, high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** DPPS: products, then the sum of the two low ones, of the two high ones, and of both; faults after each step. */
    public static void dpps(Cpu c, int x, long low, long high, int select) {
        FpEnv e = SseFp.begin(c);
        products(c, e, WORK, c.xmm(2 * x), c.xmm(2 * x + 1), low, high, select);
        step(c, e);
        sums(c, e, WORK);
        step(c, e);
        total(c, e, WORK, select);
        SseFp.end(c, e);
        SseMove.load(c, x, c.xmm(2 * WORK), c.xmm(2 * WORK + 1));
    }

    /** VDPPS of 256 bits: each step is made in both lanes before the next. */
    public static void vdpps(Cpu c, int x, boolean wide, long a0, long a1, long a2, long a3, long b0, long b1, long b2, long b3, int select) {
        FpEnv e = SseFp.begin(c);
        products(c, e, WORK, a0, a1, b0, b1, select);
        products(c, e, WORK + 1, a2, a3, b2, b3, select);
        step(c, e);
        sums(c, e, WORK);
        sums(c, e, WORK + 1);
        step(c, e);
        total(c, e, WORK, select);
        total(c, e, WORK + 1, select);
        SseFp.end(c, e);
        Ymm.set(c, x, c.xmm(2 * WORK), c.xmm(2 * WORK + 1), c.xmm(2 * WORK + 2), c.xmm(2 * WORK + 3));
    }

    /** The chosen products of a lane, into a working register. */
    private static void products(Cpu c, FpEnv e, int work, long a, long b, long low, long high, int select) {
        int p0 = (select & 1 << 4) != 0 ? F32.mul(e, (int) a, (int) low) : 0;
        int p1 = (select & 1 << 5) != 0 ? F32.mul(e, (int) (a >>> 32), (int) (low >>> 32)) : 0;
        int p2 = (select & 1 << 6) != 0 ? F32.mul(e, (int) b, (int) high) : 0;
        int p3 = (select & 1 << 7) != 0 ? F32.mul(e, (int) (b >>> 32), (int) (high >>> 32)) : 0;
        SseMove.load(c, work, SseFp.pair(p0, p1), SseFp.pair(p2, p3));
    }

    /** The sums of both pairs, for each element; of two NaNs the one of the other element goes on on Intel's processors. */
    private static void sums(Cpu c, FpEnv e, int work) {
        c.xmm(2 * work, sums(c, e, c.xmm(2 * work)));
        c.xmm(2 * work + 1, sums(c, e, c.xmm(2 * work + 1)));
    }

    private static long sums(Cpu c, FpEnv e, long v) {
        int upper = addHalves(e, v);
        return SseFp.pair(c.model.intel() ? F32.add(e, (int) (v >>> 32), (int) v) : upper, upper);
    }

    /** The sum of both sums, where it is wanted; of two NaNs that of the element's own sum goes on on Intel's processors. */
    private static void total(Cpu c, FpEnv e, int work, int select) {
        long low = c.xmm(2 * work);
        long high = c.xmm(2 * work + 1);
        int s0 = F32.add(e, (int) low, (int) high);
        int s1 = F32.add(e, (int) (low >>> 32), (int) (high >>> 32));
        int s2 = c.model.intel() ? F32.add(e, (int) high, (int) low) : s0;
        int s3 = c.model.intel() ? F32.add(e, (int) (high >>> 32), (int) (low >>> 32)) : s1;
        SseMove.load(c, work, SseFp.pair((select & 1) != 0 ? s0 : 0, (select & 2) != 0 ? s1 : 0), SseFp.pair((select & 4) != 0 ? s2 : 0, (select & 8) != 0 ? s3 : 0));
    }

    /** DPPD. */
    public static void dppd(Cpu c, int x, long low, long high, int select) {
        FpEnv e = SseFp.begin(c);
        long p0 = (select & 1 << 4) != 0 ? F64.mul(e, c.xmm(2 * x), low) : 0;
        long p1 = (select & 1 << 5) != 0 ? F64.mul(e, c.xmm(2 * x + 1), high) : 0;
        step(c, e);
        long s = F64.add(e, p0, p1);
        // of two NaNs the element's own goes on on Intel's processors
        long upper = c.model.intel() ? F64.add(e, p1, p0) : s;
        SseFp.end(c, e);
        SseMove.load(c, x, (select & 1) != 0 ? s : 0, (select & 2) != 0 ? upper : 0);
    }

    /** Each step is an operation of its own, as far as exceptions go. */
    private static void step(Cpu c, FpEnv e) {
        SseFp.end(c, e);
        e.flags = 0;
    }
}
