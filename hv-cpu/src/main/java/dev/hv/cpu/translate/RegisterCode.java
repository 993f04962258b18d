package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;

/** Moves into and between general registers that have to do with neither memory nor flags. */
final class RegisterCode {

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;

    RegisterCode(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
    }

    /** LEA. */
    void lea() {
        Insn d = x.d;
        Assembler a = x.code();
        int h = registers.host(d.reg);
        if (d.opSize == 16) {
            memory.effective(d.addrSize, S0);
            if (h >= 0) {
                a.registers(16, 0, 0, 0x89, S0, h, false);
            } else {
                a.store(16, Assembler.field(d.reg), S0);
            }
            return;
        }
        int to = h < 0 ? S0 : h;
        memory.effective(Math.min(d.opSize, d.addrSize), to);
        registers.written(a, d.reg, S0);
    }

    /** MOV of an immediate to the register in the opcode. */
    void moveImmediate() {
        Insn d = x.d;
        Assembler a = x.code();
        int guest = d.opcodeRegister();
        int h = registers.host(guest);
        boolean narrow = x.e.operands.startsWith("Zb");
        if (narrow || d.opSize == 16) {
            if (narrow && d.byteShift(guest) != 0) {
                a.bytes(0xB0 | guest, (int) d.imm);
            } else if (h >= 0 && narrow) {
                a.bytes(0x40 | h >> 3, 0xB0 | h & 7, (int) d.imm);
            } else if (h >= 0) {
                a.bytes(0x66, 0x40 | h >> 3, 0xB8 | h & 7);
                a.u16((int) d.imm);
            } else {
                a.state(narrow ? 8 : 16, narrow ? 0xC6 : 0xC7, 0, Assembler.field(guest));
                a.immediate(narrow ? 1 : 2, d.imm);
            }
            return;
        }
        a.constant(h < 0 ? S0 : h, d.opSize == 32 ? d.imm & 0xFFFFFFFFL : d.imm);
        registers.written(a, guest, S0);
    }

    /** BSWAP. */
    void byteSwap() {
        Insn d = x.d;
        Assembler a = x.code();
        if (d.opSize == 16) {
            x.slow();
            return;
        }
        int guest = d.opcodeRegister();
        int h = registers.read(a, guest, S0);
        a.bytes((d.opSize == 64 ? 0x48 : 0x40) | h >> 3, 0x0F, 0xC8 | h & 7);
        registers.written(a, guest, S0);
    }

    /** XCHG of the accumulator. */
    void exchangeAccumulator() {
        Insn d = x.d;
        Assembler a = x.code();
        int guest = d.opcodeRegister();
        int h = registers.read(a, guest, S0);
        a.rr(d.opSize, 0x87, Cpu.RAX, h);
        registers.written(a, guest, S0);
    }
}
