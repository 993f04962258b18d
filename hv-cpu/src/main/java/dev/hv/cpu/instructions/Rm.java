package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;

/** Register and memory operands of system instructions, the general way. */
final class Rm {

    private Rm() {}

    /** Reads a 16-bit r/m operand. */
    static int read16(Cpu c, Insn d) {
        return (int) (d.isReg ? c.gpr(d.rm) & 0xFFFF : Mem.read16(c, Ea.of(c, d, 2, false)));
    }

    /** Writes a register by the operand size: 16 bits merge, 32 bits zero-extend. */
    static void write(Cpu c, Insn d, int register, long value) {
        switch (d.opSize) {
            case 16 -> c.gpr(register, c.gpr(register) & ~0xFFFFL | value & 0xFFFF);
            case 32 -> c.gpr(register, value & 0xFFFFFFFFL);
            default -> c.gpr(register, value);
        }
    }

    /** Writes an r/m operand that is as wide as the operand size in a register and 16 bits wide in memory. */
    static void write16(Cpu c, Insn d, long value) {
        if (d.isReg) {
            write(c, d, d.rm, value);
        } else {
            Mem.write16(c, Ea.of(c, d, 2, true), value);
        }
    }
}
