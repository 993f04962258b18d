package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;

/** VM-exit instruction information of instructions with memory operands (SDM vol. 3C, 28.2.5, tables 28-9 to 28-14). */
final class ExitInformation {

    private ExitInformation() {}

    /** Address part, in all formats at the same bits: scaling, address size, segment, index, base. */
    static int address(Insn d) {
        int addressSize = d.addrSize == 16 ? 0 : d.addrSize == 32 ? 1 : 2;
        int info = d.scale | addressSize << 7 | d.seg << 15;
        info |= d.index == Cpu.ZERO ? 1 << 22 : d.index << 18;
        info |= d.base == Cpu.ZERO ? 1 << 27 : d.base << 23;
        return info;
    }

    /** SGDT 0, SIDT 1, LGDT 2, LIDT 3. */
    static int table(Insn d, int which) {
        return address(d) | (d.opSize == 16 ? 0 : 1 << 11) | which << 28;
    }

    /** SLDT 0, STR 1, LLDT 2, LTR 3. */
    static int system(Insn d, int which) {
        return (d.isReg ? 1 << 10 | d.rm << 3 : address(d)) | which << 28;
    }

    /** INVPCID and its like: register operand in bits 31:28. */
    static int withRegister(Insn d) {
        return address(d) | d.reg << 28;
    }
}
