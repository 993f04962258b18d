package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;

/** SSE moves that are more than a load or a store (SDM vol. 2, the pages of the names). {@code x} is the number of the destination register. */
public final class SseMove {

    private static final long LOW32 = 0xFFFFFFFFL;

    private SseMove() {}

    /** MOVSS between registers: the low 32 bits. */
    public static void movss(Cpu c, int x, long source) {
        c.xmm(2 * x, c.xmm(2 * x) & ~LOW32 | source);
    }

    /** MOVSD between registers, MOVLPS, MOVLPD: the low half. */
    public static void low(Cpu c, int x, long source) {
        c.xmm(2 * x, source);
    }

    /** MOVHPS, MOVHPD, MOVLHPS: the high half. */
    public static void high(Cpu c, int x, long source) {
        c.xmm(2 * x + 1, source);
    }

    /** MOVHLPS: the low half from the source's high half. */
    public static void movhlps(Cpu c, int x, long low, long high) {
        c.xmm(2 * x, high);
    }

    /** The high half, as MOVHPS and MOVHPD store it. */
    public static long highOf(Cpu c, int x) {
        return c.xmm(2 * x + 1);
    }

    /** Loads a register whole. */
    public static void load(Cpu c, int x, long low, long high) {
        c.xmm(2 * x, low);
        c.xmm(2 * x + 1, high);
    }

    /** MOVQ between registers and MOVQ2DQ: the low half, the high one zeroed. */
    public static void movq(Cpu c, int x, long source) {
        c.xmm(2 * x, source);
        c.xmm(2 * x + 1, 0);
    }

    /** MOVDDUP. */
    public static void movddup(Cpu c, int x, long source) {
        c.xmm(2 * x, source);
        c.xmm(2 * x + 1, source);
    }

    /** MOVSLDUP, of one half. */
    public static long movsldup(long half) {
        return half << 32 | half & LOW32;
    }

    /** MOVSHDUP, of one half. */
    public static long movshdup(long half) {
        return half & ~LOW32 | half >>> 32;
    }

    /** MOVMSKPS. */
    public static long movmskps(Cpu c, long low, long high) {
        return low >>> 31 & 1 | low >>> 63 << 1 | (high >>> 31 & 1) << 2 | high >>> 63 << 3;
    }

    /** MOVMSKPD. */
    public static long movmskpd(Cpu c, long low, long high) {
        return low >>> 63 | high >>> 63 << 1;
    }

    /** VMOVMSKPS of 256 bits. */
    public static long movmskps(Cpu c, long v0, long v1, long v2, long v3) {
        return movmskps(c, v0, v1) | movmskps(c, v2, v3) << 4;
    }

    /** VMOVMSKPD of 256 bits. */
    public static long movmskpd(Cpu c, long v0, long v1, long v2, long v3) {
        return movmskpd(c, v0, v1) | movmskpd(c, v2, v3) << 2;
    }
}
