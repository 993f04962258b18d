package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * Conversions of SSE and SSE2 (SDM vol. 2, the pages of the names); {@code x} is the destination register. Those to and from MMX registers
 * enter MMX state even when they end in #XM.
 */
public final class SseFpConvert {

    private SseFpConvert() {}

    /** CVTSS2SD. */
    public static void cvtss2sd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.from32(e, (int) v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** CVTSD2SS. */
    public static void cvtsd2ss(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.from64(e, v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** CVTPS2PD. */
    public static void cvtps2pd(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long l = F64.from32(e, (int) v);
        long h = F64.from32(e, (int) (v >>> 32));
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** CVTPD2PS. */
    public static void cvtpd2ps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long r = SseFp.pair(F32.from64(e, low), F32.from64(e, high));
        SseFp.end(c, e);
        SseMove.movq(c, x, r);
    }

    /** CVTDQ2PS. */
    public static void cvtdq2ps(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = integersToSingles(e, low);
        long h = integersToSingles(e, high);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long integersToSingles(FpEnv e, long v) {
        return SseFp.pair(F32.fromInteger(e, (int) v), F32.fromInteger(e, v >> 32));
    }

    /** CVTDQ2PD, CVTPI2PD: always exact. */
    public static void cvtdq2pd(Cpu c, int x, long v) {
        SseMove.load(c, x, Double.doubleToRawLongBits((int) v), Double.doubleToRawLongBits((int) (v >> 32)));
    }

    /** CVTPI2PS from memory: none of the MMX instructions, whatever the SDM says. */
    public static int cvtpi2psMemory(Cpu c, Insn d) {
        long v = Mem.read64(c, Ea.of(c, d, 8, false));
        convert(c, d.reg, v);
        return Outcome.NEXT;
    }

    /** CVTPI2PS from a register. */
    public static void cvtpi2ps(Cpu c, int x, long v) {
        Mmx.touch(c);
        convert(c, x, v);
    }

    private static void convert(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = integersToSingles(e, v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** CVTSI2SS from 32 bits. */
    public static void cvtsi2ss32(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.fromInteger(e, (int) v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** CVTSI2SD from 32 bits. */
    public static void cvtsi2sd32(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.fromInteger(e, (int) v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** CVTSI2SS from 64 bits. */
    public static void cvtsi2ss64(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        int r = F32.fromInteger(e, v);
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** CVTSI2SD from 64 bits. */
    public static void cvtsi2sd64(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.fromInteger(e, v);
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** CVTSS2SI to 32 bits. */
    public static long cvtss2si32(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F32.toInteger(e, (int) v, 32, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTSS2SI to 64 bits. */
    public static long cvtss2si64(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F32.toInteger(e, (int) v, 64, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTSD2SI to 32 bits. */
    public static long cvtsd2si32(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.toInteger(e, v, 32, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTSD2SI to 64 bits. */
    public static long cvtsd2si64(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.toInteger(e, v, 64, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTPS2DQ. */
    public static void cvtps2dq(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = singlesToIntegers(e, low, e.rounding);
        long h = singlesToIntegers(e, high, e.rounding);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** CVTPD2DQ. */
    public static void cvtpd2dq(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long r = doublesToIntegers(e, low, high, e.rounding);
        SseFp.end(c, e);
        SseMove.movq(c, x, r);
    }

    /** CVTPS2PI. */
    public static long cvtps2pi(Cpu c, long v) {
        Mmx.touch(c);
        FpEnv e = SseFp.begin(c);
        long r = singlesToIntegers(e, v, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTPD2PI. */
    public static long cvtpd2pi(Cpu c, long low, long high) {
        Mmx.touch(c);
        FpEnv e = SseFp.begin(c);
        long r = doublesToIntegers(e, low, high, e.rounding);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTSS2SI to 32 bits. */
    public static long cvttss2si32(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F32.toInteger(e, (int) v, 32, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTSS2SI to 64 bits. */
    public static long cvttss2si64(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F32.toInteger(e, (int) v, 64, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTSD2SI to 32 bits. */
    public static long cvttsd2si32(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.toInteger(e, v, 32, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTSD2SI to 64 bits. */
    public static long cvttsd2si64(Cpu c, long v) {
        FpEnv e = SseFp.begin(c);
        long r = F64.toInteger(e, v, 64, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTPS2DQ. */
    public static void cvttps2dq(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long l = singlesToIntegers(e, low, FpEnv.TRUNCATE);
        long h = singlesToIntegers(e, high, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** CVTTPD2DQ. */
    public static void cvttpd2dq(Cpu c, int x, long low, long high) {
        FpEnv e = SseFp.begin(c);
        long r = doublesToIntegers(e, low, high, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        SseMove.movq(c, x, r);
    }

    /** CVTTPS2PI. */
    public static long cvttps2pi(Cpu c, long v) {
        Mmx.touch(c);
        FpEnv e = SseFp.begin(c);
        long r = singlesToIntegers(e, v, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    /** CVTTPD2PI. */
    public static long cvttpd2pi(Cpu c, long low, long high) {
        Mmx.touch(c);
        FpEnv e = SseFp.begin(c);
        long r = doublesToIntegers(e, low, high, FpEnv.TRUNCATE);
        SseFp.end(c, e);
        return r;
    }

    private static long singlesToIntegers(FpEnv e, long v, int rounding) {
        return SseFp.pair((int) F32.toInteger(e, (int) v, 32, rounding), (int) F32.toInteger(e, (int) (v >>> 32), 32, rounding));
    }

    private static long doublesToIntegers(FpEnv e, long low, long high, int rounding) {
        return SseFp.pair((int) F64.toInteger(e, low, 32, rounding), (int) F64.toInteger(e, high, 32, rounding));
    }
}
