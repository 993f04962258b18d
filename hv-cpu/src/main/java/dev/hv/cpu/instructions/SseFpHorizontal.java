package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;

/** SSE3 and SSE4.1 arithmetic across elements (SDM vol. 2, the pages of the names); {@code x} is the destination register. */
public final class SseFpHorizontal {

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
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        int p0 = (select & 1 << 4) != 0 ? F32.mul(e, (int) a, (int) low) : 0;
        int p1 = (select & 1 << 5) != 0 ? F32.mul(e, (int) (a >>> 32), (int) (low >>> 32)) : 0;
        int p2 = (select & 1 << 6) != 0 ? F32.mul(e, (int) b, (int) high) : 0;
        int p3 = (select & 1 << 7) != 0 ? F32.mul(e, (int) (b >>> 32), (int) (high >>> 32)) : 0;
        step(c, e);
        int s0 = F32.add(e, p0, p1);
        int s1 = F32.add(e, p2, p3);
        step(c, e);
        int s = F32.add(e, s0, s1);
        SseFp.end(c, e);
        long l = SseFp.pair((select & 1) != 0 ? s : 0, (select & 2) != 0 ? s : 0);
        long h = SseFp.pair((select & 4) != 0 ? s : 0, (select & 8) != 0 ? s : 0);
        SseMove.load(c, x, l, h);
    }

    /** DPPD. */
    public static void dppd(Cpu c, int x, long low, long high, int select) {
        FpEnv e = SseFp.begin(c);
        long p0 = (select & 1 << 4) != 0 ? F64.mul(e, c.xmm(2 * x), low) : 0;
        long p1 = (select & 1 << 5) != 0 ? F64.mul(e, c.xmm(2 * x + 1), high) : 0;
        step(c, e);
        long s = F64.add(e, p0, p1);
        SseFp.end(c, e);
        SseMove.load(c, x, (select & 1) != 0 ? s : 0, (select & 2) != 0 ? s : 0);
    }

    /** Each step is an operation of its own, as far as exceptions go. */
    private static void step(Cpu c, FpEnv e) {
        SseFp.end(c, e);
        e.flags = 0;
    }
}
