package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;

/**
 * AVX instructions that SSE has no like of: broadcasts, tests, and those that clear registers (SDM vol. 2C, the pages of the names). {@code x} is
 * the number of the destination, {@code wide} tells 256 bits from 128.
 */
public final class Avx {

    private static final long ONES8 = 0x0101010101010101L;
    private static final long ONES16 = 0x0001000100010001L;
    private static final long SIGNS32 = 0x8000000080000000L;

    private Avx() {}

    /** VPBROADCASTB. */
    public static void broadcast8(Cpu c, int x, boolean wide, long v) {
        broadcast64(c, x, wide, (v & 0xFF) * ONES8);
    }

    /** VPBROADCASTW. */
    public static void broadcast16(Cpu c, int x, boolean wide, long v) {
        broadcast64(c, x, wide, (v & 0xFFFF) * ONES16);
    }

    /** VBROADCASTSS, VPBROADCASTD. */
    public static void broadcast32(Cpu c, int x, boolean wide, long v) {
        broadcast64(c, x, wide, v & 0xFFFFFFFFL | v << 32);
    }

    /** VBROADCASTSD, VPBROADCASTQ. */
    public static void broadcast64(Cpu c, int x, boolean wide, long v) {
        Ymm.set(c, x, v, v, wide ? v : 0, wide ? v : 0);
    }

    /** VBROADCASTF128, VBROADCASTI128. */
    public static void broadcast128(Cpu c, int x, boolean wide, long low, long high) {
        Ymm.set(c, x, low, high, low, high);
    }

    /** VMOVDDUP of 256 bits. */
    public static void movddup(Cpu c, int x, boolean wide, long v0, long v1, long v2, long v3) {
        Ymm.set(c, x, v0, v0, v2, v2);
    }

    /** VTESTPS. */
    public static void vtestps(Cpu c, long a0, long a1, long b0, long b1) {
        test(c, (a0 & b0 | a1 & b1) & SIGNS32, (~a0 & b0 | ~a1 & b1) & SIGNS32);
    }

    /** VTESTPS on 256 bits. */
    public static void vtestps(Cpu c, long a0, long a1, long a2, long a3, long b0, long b1, long b2, long b3) {
        test(c, (a0 & b0 | a1 & b1 | a2 & b2 | a3 & b3) & SIGNS32, (~a0 & b0 | ~a1 & b1 | ~a2 & b2 | ~a3 & b3) & SIGNS32);
    }

    /** VTESTPD. */
    public static void vtestpd(Cpu c, long a0, long a1, long b0, long b1) {
        test(c, (a0 & b0 | a1 & b1) >>> 63, (~a0 & b0 | ~a1 & b1) >>> 63);
    }

    /** VTESTPD on 256 bits. */
    public static void vtestpd(Cpu c, long a0, long a1, long a2, long a3, long b0, long b1, long b2, long b3) {
        test(c, (a0 & b0 | a1 & b1 | a2 & b2 | a3 & b3) >>> 63, (~a0 & b0 | ~a1 & b1 | ~a2 & b2 | ~a3 & b3) >>> 63);
    }

    private static void test(Cpu c, long both, long sourceAlone) {
        Flags.load(c, (both == 0 ? Rflags.ZF : 0) | (sourceAlone == 0 ? Rflags.CF : 0));
    }

    /** VZEROUPPER: of the registers that the mode has. */
    public static int vzeroupper(Cpu c, Insn d) {
        for (int x = 0; x < registers(d); x++) {
            Ymm.clear(c, x, 2);
        }
        return Outcome.NEXT;
    }

    /** VZEROALL. */
    public static int vzeroall(Cpu c, Insn d) {
        for (int x = 0; x < registers(d); x++) {
            Ymm.clear(c, x, 0);
        }
        return Outcome.NEXT;
    }

    private static int registers(Insn d) {
        return d.mode64() ? 16 : 8;
    }
}
