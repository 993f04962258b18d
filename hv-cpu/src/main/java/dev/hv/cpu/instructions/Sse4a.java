package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Outcome;

/**
 * EXTRQ and INSERTQ (APM vol. 4): a field of bits of the low half, by length and index of six bits each, where a length of 0 stands for 64. The high
 * half, undefined, becomes zero, as silicon has it.
 */
public final class Sse4a {

    private Sse4a() {}

    private static long field(int length) {
        return -1L >>> -length;
    }

    /** EXTRQ with length and index in the instruction. */
    public static int extrqImmediate(Cpu c, Insn d) {
        return extract(c, d.rm, (int) d.imm, (int) d.imm >> 8);
    }

    /** EXTRQ with length and index in a register. */
    public static int extrq(Cpu c, Insn d) {
        int control = (int) c.xmm(2 * d.rm);
        return extract(c, d.reg, control, control >> 8);
    }

    private static int extract(Cpu c, int x, int length, int index) {
        SseMove.movq(c, x, c.xmm(2 * x) >>> (index & 63) & field(length & 63));
        return Outcome.NEXT;
    }

    /** INSERTQ with length and index in the instruction. */
    public static int insertqImmediate(Cpu c, Insn d) {
        return insert(c, d, (int) d.imm, (int) d.imm >> 8);
    }

    /** INSERTQ with length and index in the source's high half. */
    public static int insertq(Cpu c, Insn d) {
        int control = (int) c.xmm(2 * d.rm + 1);
        return insert(c, d, control, control >> 8);
    }

    private static int insert(Cpu c, Insn d, int length, int index) {
        long mask = field(length & 63) << (index & 63);
        SseMove.movq(c, d.reg, c.xmm(2 * d.reg) & ~mask | c.xmm(2 * d.rm) << (index & 63) & mask);
        return Outcome.NEXT;
    }
}
