package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.Approximation;
import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;

/** ROUNDPS and its kin, and the approximations RCPPS and RSQRTPS (SDM vol. 2B); {@code x} is the destination register. */
public final class SseFpRound {

    /** Immediate: rounding by MXCSR. */
    private static final int BY_MXCSR = 1 << 2;
    /** Immediate: no inexact exception. */
    private static final int QUIET = 1 << 3;

    private SseFpRound() {}

    private static int mode(FpEnv e, int control) {
        return (control & BY_MXCSR) != 0 ? e.rounding : control & 3;
    }

    private static int round32(FpEnv e, long v, int control) {
        return F32.roundToIntegral(e, (int) v, mode(e, control), (control & QUIET) != 0);
    }

    private static long round64(FpEnv e, long v, int control) {
        return F64.roundToIntegral(e, v, mode(e, control), (control & QUIET) != 0);
    }

    /** ROUNDPS. */
    public static void roundps(Cpu c, int x, long low, long high, int control) {
        FpEnv e = SseFp.begin(c);
        long l = SseFp.pair(round32(e, low, control), round32(e, low >>> 32, control));
        long h = SseFp.pair(round32(e, high, control), round32(e, high >>> 32, control));
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** ROUNDPD. */
    public static void roundpd(Cpu c, int x, long low, long high, int control) {
        FpEnv e = SseFp.begin(c);
        long l = round64(e, low, control);
        long h = round64(e, high, control);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** ROUNDSS. */
    public static void roundss(Cpu c, int x, long v, int control) {
        FpEnv e = SseFp.begin(c);
        int r = round32(e, v, control);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** ROUNDSD. */
    public static void roundsd(Cpu c, int x, long v, int control) {
        FpEnv e = SseFp.begin(c);
        long r = round64(e, v, control);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** RCPPS. */
    public static void rcpps(Cpu c, int x, long low, long high) {
        SseMove.load(c, x, rcpPair(c, low), rcpPair(c, high));
    }

    private static long rcpPair(Cpu c, long v) {
        return SseFp.pair(Approximation.reciprocal(c.model.intel(), (int) v), Approximation.reciprocal(c.model.intel(), (int) (v >>> 32)));
    }

    /** RCPSS. */
    public static void rcpss(Cpu c, int x, long v) {
        SseFp.set32(c, x, Approximation.reciprocal(c.model.intel(), (int) v));
    }

    /** RSQRTPS. */
    public static void rsqrtps(Cpu c, int x, long low, long high) {
        SseMove.load(c, x, rsqrtPair(c, low), rsqrtPair(c, high));
    }

    private static long rsqrtPair(Cpu c, long v) {
        return SseFp.pair(Approximation.reciprocalRoot(c.model.intel(), (int) v), Approximation.reciprocalRoot(c.model.intel(), (int) (v >>> 32)));
    }

    /** RSQRTSS. */
    public static void rsqrtss(Cpu c, int x, long v) {
        SseFp.set32(c, x, Approximation.reciprocalRoot(c.model.intel(), (int) v));
    }
}
