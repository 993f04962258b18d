package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.SegmentAccess;

/** Effective and linear addresses of memory operands, the general way. */
public final class Ea {

    private Ea() {}

    /** The offset within the segment, truncated to the address size. */
    public static long offset(Cpu c, Insn d) {
        long o = c.gpr(d.base) + (c.gpr(d.index) << d.scale) + d.disp;
        return switch (d.addrSize) {
            case 16 -> offset16(c, d);
            case 32 -> o & 0xFFFFFFFFL;
            default -> o;
        };
    }

    private static long offset16(Cpu c, Insn d) {
        return c.gpr(d.base) + c.gpr(d.index) + d.disp & 0xFFFF;
    }

    /**
     * Linear address of the operand for an access of {@code size} bytes.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0) or #SS(0) from segmentation
     */
    public static long of(Cpu c, Insn d, int size, boolean write) {
        long offset = offset(c, d);
        if (size >= 16 && d.amd && (c.mode & Modes.CODE64) == 0 && (Table.attributes(d.id) & Table.ALIGN) != 0 && (c.mxcsr() & FpControl.MXCSR_MM) == 0 && (c.segBase(d.seg) + offset & 15) != 0) {
            // on AMD's processors alignment goes before the limit of the stack segment
            throw c.gp();
        }
        return SegmentAccess.linear(c, d.seg, offset, size, write);
    }

    /** As {@link #of} for an operand part at {@code delta} bytes from its start. */
    public static long of(Cpu c, Insn d, long delta, int size, boolean write) {
        long o = offset(c, d) + delta;
        return SegmentAccess.linear(c, d.seg, d.addrSize == 64 ? o : d.addrSize == 32 ? o & 0xFFFFFFFFL : o & 0xFFFF, size, write);
    }
}
