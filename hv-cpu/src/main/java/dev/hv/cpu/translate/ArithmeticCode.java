package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.StateLayout;

/** Multiplication, division, bit scans and counts: what leaves flags undefined, which then are as the interpreter has them. */
final class ArithmeticCode {

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;
    private final FlagKeeper flags;
    private final IntegerCode integers;

    ArithmeticCode(Emission x, MemoryAccess memory, IntegerCode integers) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
        flags = x.flags;
        this.integers = integers;
    }

    private boolean keptFlags() {
        return x.needed[x.op + 1];
    }

    /** MUL and IMUL: CF and OF are set; SF ZF PF, undefined, become those of the low part, and AF clear, as the interpreter has them. */
    void multiply() {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        if (!d.isReg && !memory.simple()) {
            x.slow();
            return;
        }
        boolean wide = !e.general;
        int size = wide && e.byteRm ? 8 : d.opSize;
        if (!integers.encode(size, false)) {
            return;
        }
        if (!keptFlags()) {
            flags.drop();
            return;
        }
        int low = wide ? Assembler.RAX : registers.host(d.reg);
        if (low < 0) {
            a.load(64, S1, Assembler.field(d.reg));
            low = S1;
        }
        a.set(Assembler.BELOW, S0);
        a.registers(size, 0, 0, size == 8 ? 0x84 : 0x85, low, low, false);
        a.move(64, S1, Assembler.RAX);
        a.u8(0x9F);
        // MOV AL, S0; OR AH, AL; AND AH, not AF
        a.bytes(0x44, 0x88, 0xC0 | (S0 & 7) << 3, 0x08, 0xC4, 0x80, 0xE4, 0xEF);
        a.store(16, StateLayout.FLAGS, Assembler.RAX);
        a.move(64, Assembler.RAX, S1);
        flags.drop();
    }

    /** DIV and IDIV of what surely fits; flags, undefined, stay as they are, as the interpreter has it. */
    void divide() {
        Insn d = x.d;
        Assembler a = x.code();
        int size = d.opSize;
        if (x.e.byteRm || size == 16 || !d.isReg && !memory.simple()) {
            x.slow();
            return;
        }
        boolean signed = (d.modrm >> 3 & 7) == 7;
        flags.toMemory();
        int divisor;
        if (d.isReg) {
            divisor = registers.read(a, d.rm, S0);
        } else {
            memory.operand(size / 8, false, 0, false);
            a.memory(size, 0, 0, 0x8B, S0, memory.found, false);
            divisor = S0;
        }
        if (signed) {
            // a dividend that is a sign extension, by a divisor that is neither 0 nor -1
            a.move(64, S1, Assembler.RAX);
            a.shift(size, Assembler.SAR, S1, size - 1);
            a.rr(size, 0x39, S1, Assembler.RDX);
            x.slowIf(Assembler.NOT_EQUAL);
            a.lea(size, S1, divisor, 1);
            a.alu(size, Assembler.CMP, S1, 1);
            x.slowIf(Assembler.NOT_ABOVE);
        } else {
            // the quotient fits when the upper half is below the divisor; 0 is below nothing
            a.rr(size, 0x39, divisor, Assembler.RDX);
            x.slowIf(Assembler.NOT_BELOW);
        }
        a.rr(size, 0xF7, signed ? 7 : 6, divisor);
    }

    /** BSF and BSR: a zero source leaves the destination as it is; flags but ZF end up clear, as the interpreter has it. */
    void scan() {
        Insn d = x.d;
        Assembler a = x.code();
        int size = d.opSize;
        if (!source(size, d.opcode, 0)) {
            return;
        }
        int skip = a.skipIf(Assembler.EQUAL);
        destination(size);
        a.bindShort(skip);
        counted(false);
    }

    /** TZCNT, LZCNT and POPCNT; undefined flags end up clear. */
    void count() {
        Insn d = x.d;
        if (!source(d.opSize, d.opcode, 0xF3)) {
            return;
        }
        destination(d.opSize);
        if (x.e.mnemonic.equals("POPCNT")) {
            flags.set(null);
        } else {
            counted(true);
        }
    }

    /** S0 to the register in ModRM.reg; leaves the flags alone. */
    private void destination(int size) {
        Assembler a = x.code();
        int guest = x.d.reg;
        int h = registers.host(guest);
        if (h >= 0) {
            a.move(size, h, S0);
        } else {
            a.store(size == 16 ? 16 : 64, Assembler.field(guest), S0);
        }
    }

    /** An instruction of map 0F from the operand in ModRM.rm to S0. */
    private boolean source(int size, int opcode, int mandatory) {
        Insn d = x.d;
        Assembler a = x.code();
        if (!d.isReg) {
            if (!memory.simple()) {
                x.slow();
                return false;
            }
            memory.operand(size / 8, false, 0, false);
            a.memory(size, mandatory, 1, opcode, S0, memory.found, false);
            return true;
        }
        int h = registers.host(d.rm);
        if (h >= 0) {
            a.registers(size, mandatory, 1, opcode, S0, h, false);
        } else {
            a.state(size, mandatory, 1, opcode, S0, Assembler.field(d.rm));
        }
        return true;
    }

    /** Stores ZF, and CF when it counts; the other flags are clear. */
    private void counted(boolean carry) {
        if (!keptFlags()) {
            flags.drop();
            return;
        }
        Assembler a = x.code();
        a.set(Assembler.EQUAL, S0);
        if (carry) {
            a.set(Assembler.BELOW, S1);
            a.registers(32, 0, 1, 0xB6, S1, S1, true);
        }
        a.registers(32, 0, 1, 0xB6, S0, S0, true);
        a.shift(32, Assembler.SHL, S0, 6);
        if (carry) {
            a.rr(32, 0x09, S1, S0);
        }
        a.alu(32, Assembler.OR, S0, 2);
        a.shift(32, Assembler.SHL, S0, 8);
        a.store(16, StateLayout.FLAGS, S0);
        flags.drop();
    }
}
