package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.MemSlow;

/** Operands of SSE instructions. */
public final class Xmm {

    private Xmm() {}

    /**
     * The rule for memory operands of 128 bits (SDM vol. 2, "Exceptions Type 4" and others: legacy SSE).
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0), whatever the segment
     */
    public static void checkAligned(Cpu c, long ea) {
        if ((ea & 15) != 0) {
            throw c.gp();
        }
    }

    /** As {@link #checkAligned} for instructions that calculate, which MXCSR.MM of AMD's processors lets take operands from anywhere. */
    public static void checkOperandAligned(Cpu c, long ea) {
        if ((ea & 15) != 0) {
            if ((c.mxcsr() & FpControl.MXCSR_MM) == 0) {
                throw c.gp();
            }
            MemSlow.checkUnaligned(c, ea);
        }
    }

    /** As {@link #checkAligned} for instructions whose operands AMD's processors take from anywhere (SHA). */
    public static void checkAlignedByVendor(Cpu c, long ea) {
        if (c.model.intel()) {
            checkAligned(c, ea);
        } else {
            MemSlow.checkUnaligned(c, ea);
        }
    }

    /** Reads the XMM register or unaligned 128-bit memory operand of an instruction: the low half; the high one goes to {@link Cpu#scratch}. */
    public static long source(Cpu c, Insn d) {
        if (d.isReg) {
            c.scratch = c.xmm(2 * d.rm + 1);
            return c.xmm(2 * d.rm);
        }
        long ea = Ea.of(c, d, 16, false);
        long low = Mem.readHead(c, ea, 16);
        c.scratch = Mem.read64(c, ea + 8);
        return low;
    }
}
