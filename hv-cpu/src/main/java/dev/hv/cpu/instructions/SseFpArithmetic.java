package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;

/**
 * SSE and SSE2 arithmetic (SDM vol. 2, the pages of the names): the destination register {@code x} is the first operand. Packed
 * instructions write nothing when one element faults.
 */
public final class SseFpArithmetic {

    private SseFpArithmetic() {}

    /** ADDPS. */
    public static void addps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = addPair(e, c.xmm(2 * x), low);
        long h = addPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long addPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.add(e, (int) a, (int) b), F32.add(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** ADDPD. */
    public static void addpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.add(e, c.xmm(2 * x), low);
        long h = F64.add(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** ADDSS. */
    public static void addss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.add(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** ADDSD. */
    public static void addsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.add(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** SUBPS. */
    public static void subps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = subPair(e, c.xmm(2 * x), low);
        long h = subPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long subPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.sub(e, (int) a, (int) b), F32.sub(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** SUBPD. */
    public static void subpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.sub(e, c.xmm(2 * x), low);
        long h = F64.sub(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** SUBSS. */
    public static void subss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.sub(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** SUBSD. */
    public static void subsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.sub(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** MULPS. */
    public static void mulps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = mulPair(e, c.xmm(2 * x), low);
        long h = mulPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long mulPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.mul(e, (int) a, (int) b), F32.mul(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** MULPD. */
    public static void mulpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.mul(e, c.xmm(2 * x), low);
        long h = F64.mul(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** MULSS. */
    public static void mulss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.mul(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** MULSD. */
    public static void mulsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.mul(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** DIVPS. */
    public static void divps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = divPair(e, c.xmm(2 * x), low);
        long h = divPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long divPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.div(e, (int) a, (int) b), F32.div(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** DIVPD. */
    public static void divpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.div(e, c.xmm(2 * x), low);
        long h = F64.div(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** DIVSS. */
    public static void divss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.div(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** DIVSD. */
    public static void divsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.div(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** MINPS. */
    public static void minps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = minPair(e, c.xmm(2 * x), low);
        long h = minPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long minPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.min(e, (int) a, (int) b), F32.min(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** MINPD. */
    public static void minpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.min(e, c.xmm(2 * x), low);
        long h = F64.min(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** MINSS. */
    public static void minss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.min(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** MINSD. */
    public static void minsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.min(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** MAXPS. */
    public static void maxps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = maxPair(e, c.xmm(2 * x), low);
        long h = maxPair(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long maxPair(FpEnv e, long a, long b) {
        return SseFp.pair(F32.max(e, (int) a, (int) b), F32.max(e, (int) (a >>> 32), (int) (b >>> 32)));
    }

    /** MAXPD. */
    public static void maxpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.max(e, c.xmm(2 * x), low);
        long h = F64.max(e, c.xmm(2 * x + 1), high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** MAXSS. */
    public static void maxss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.max(e, (int) c.xmm(2 * x), (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** MAXSD. */
    public static void maxsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.max(e, c.xmm(2 * x), v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** SQRTPS. */
    public static void sqrtps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = sqrtPair(e, low);
        long h = sqrtPair(e, high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long sqrtPair(FpEnv e, long b) {
        return SseFp.pair(F32.sqrt(e, (int) b), F32.sqrt(e, (int) (b >>> 32)));
    }

    /** SQRTPD. */
    public static void sqrtpd(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = F64.sqrt(e, low);
        long h = F64.sqrt(e, high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** SQRTSS. */
    public static void sqrtss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.sqrt(e, (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** SQRTSD. */
    public static void sqrtsd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.sqrt(e, v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }
}
