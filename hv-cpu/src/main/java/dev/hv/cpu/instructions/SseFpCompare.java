package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Rflags;

/** SSE and SSE2 comparisons (SDM vol. 2, the pages of the names). */
public final class SseFpCompare {

    /** The predicates that there are without VEX; further bits of the immediate do not count. */
    private static final int SSE_PREDICATES = 7;

    private SseFpCompare() {}

    /** CMPPS. */
    public static void cmpps(Cpu c, int x, long low, long high, int predicate) {
        vcmpps(c, x, low, high, predicate & SSE_PREDICATES);
    }

    /** VCMPPS. */
    public static void vcmpps(Cpu c, int x, long low, long high, int predicate) {
        FpEnv e = SseFp.begin(c);
        long l = pair(e, c.xmm(2 * x), low, predicate);
        long h = pair(e, c.xmm(2 * x + 1), high, predicate);
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    private static long pair(FpEnv e, long a, long b, int predicate) {
        return SseFp.pair(F32.test(e, (int) a, (int) b, predicate) ? -1 : 0, F32.test(e, (int) (a >>> 32), (int) (b >>> 32), predicate) ? -1 : 0);
    }

    /** CMPPD. */
    public static void cmppd(Cpu c, int x, long low, long high, int predicate) {
        vcmppd(c, x, low, high, predicate & SSE_PREDICATES);
    }

    /** VCMPPD. */
    public static void vcmppd(Cpu c, int x, long low, long high, int predicate) {
        FpEnv e = SseFp.begin(c);
        long l = F64.test(e, c.xmm(2 * x), low, predicate) ? -1 : 0;
        long h = F64.test(e, c.xmm(2 * x + 1), high, predicate) ? -1 : 0;
        SseFp.end(c, e);
        SseMove.load(c, x, l, h);
    }

    /** CMPSS. */
    public static void cmpss(Cpu c, int x, long v, int predicate) {
        vcmpss(c, x, v, predicate & SSE_PREDICATES);
    }

    /** VCMPSS. */
    public static void vcmpss(Cpu c, int x, long v, int predicate) {
        FpEnv e = SseFp.begin(c);
        int r = F32.test(e, (int) c.xmm(2 * x), (int) v, predicate) ? -1 : 0;
        SseFp.end(c, e);
        SseFp.set32(c, x, r);
    }

    /** CMPSD. */
    public static void cmpsd(Cpu c, int x, long v, int predicate) {
        vcmpsd(c, x, v, predicate & SSE_PREDICATES);
    }

    /** VCMPSD. */
    public static void vcmpsd(Cpu c, int x, long v, int predicate) {
        FpEnv e = SseFp.begin(c);
        long r = F64.test(e, c.xmm(2 * x), v, predicate) ? -1 : 0;
        SseFp.end(c, e);
        c.xmm(2 * x, r);
    }

    /** COMISS. */
    public static void comiss(Cpu c, long a, long b) {
        FpEnv e = SseFp.begin(c);
        int r = F32.compare(e, (int) a, (int) b, true);
        SseFp.end(c, e);
        flags(c, r);
    }

    /** UCOMISS. */
    public static void ucomiss(Cpu c, long a, long b) {
        FpEnv e = SseFp.begin(c);
        int r = F32.compare(e, (int) a, (int) b, false);
        SseFp.end(c, e);
        flags(c, r);
    }

    /** COMISD. */
    public static void comisd(Cpu c, long a, long b) {
        FpEnv e = SseFp.begin(c);
        int r = F64.compare(e, a, b, true);
        SseFp.end(c, e);
        flags(c, r);
    }

    /** UCOMISD. */
    public static void ucomisd(Cpu c, long a, long b) {
        FpEnv e = SseFp.begin(c);
        int r = F64.compare(e, a, b, false);
        SseFp.end(c, e);
        flags(c, r);
    }

    /** ZF, PF and CF by the outcome of a comparison; the other arithmetic flags are cleared. */
    static void flags(Cpu c, int outcome) {
        Flags.load(c, switch (outcome) {
            case F64.LESS -> Rflags.CF;
            case F64.EQUAL -> Rflags.ZF;
            case F64.GREATER -> 0;
            default -> Rflags.ZF | Rflags.PF | Rflags.CF;
        });
    }
}
