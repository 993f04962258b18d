package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.state.StateLayout;

/** BMI1 and BMI2: the guest's instruction under a VEX prefix of the host's. */
final class BitCode {

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;

    BitCode(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
    }

    /** Writes the instruction in hand. */
    void write() {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        boolean two = e.mnemonic.equals("MULX");
        if (!d.isReg && (!memory.simple() || two)) {
            x.slow();
            return;
        }
        int size = d.opSize;
        if (!d.isReg) {
            memory.operand(size / 8, false, 0, false);
        }
        // the destination is the operand in VEX.vvvv where ModRM.reg is part of the opcode
        int guest = e.general ? d.reg : d.vvvv;
        int reg = e.general ? registers.host(d.reg) : d.modrm >> 3 & 7;
        int second = registers.host(d.vvvv);
        if (reg < 0) {
            reg = S0;
        }
        if (second < 0) {
            second = S1;
            if (e.general && !two) {
                a.load(64, S1, Assembler.field(d.vvvv));
            }
        }
        int prefix = Table.prefix(d.id);
        int map = e.map - 3;
        if (d.isReg) {
            int rm = registers.host(d.rm);
            if (rm < 0) {
                memory.found.set(Assembler.STATE, -1, 0, Assembler.field(d.rm) - Assembler.BIAS);
                a.vexMemory(size, prefix, map, d.opcode, reg, unused(second), memory.found);
            } else {
                a.vexRegisters(size, prefix, map, d.opcode, reg, unused(second), rm);
            }
        } else {
            a.vexMemory(size, prefix, map, d.opcode, reg, unused(second), memory.found);
        }
        if (e.operands.endsWith("Ib")) {
            a.u8((int) d.imm);
        }
        int result = e.general ? reg : second;
        if (two) {
            registers.written(a, d.vvvv, S1);
        }
        registers.written(a, guest, result);
        if (e.writes != 0) {
            flags(size, result);
        }
    }

    /** RORX has no second source, and VEX.vvvv must then be all ones, which is how 0 is stored. */
    private int unused(int second) {
        return x.e.operands.contains("By") ? second : 0;
    }

    /** SF and ZF of the result, CF of the instruction; the undefined flags as the interpreter has them: PF of the result, AF clear. */
    private void flags(int size, int result) {
        if (!x.needed[x.op + 1]) {
            x.flags.drop();
            return;
        }
        Assembler a = x.code();
        boolean carry = !x.e.is(Trait.CLEARS_CARRY);
        if (!carry) {
            a.rr(size, 0x85, result, result);
            x.flags.setButAdjust(null);
            return;
        }
        // S0 may be the result
        a.setState(Assembler.BELOW, StateLayout.TEMPORARY);
        a.rr(size, 0x85, result, result);
        a.move(64, S1, Assembler.RAX);
        a.u8(0x9F);
        // no byte of an extended register can be combined with AH
        a.bytes(0xB0, 0);
        a.bytes(0x80, 0xE4, 0xEF);
        a.store(16, StateLayout.FLAGS, Assembler.RAX);
        a.move(64, Assembler.RAX, S1);
        a.state(32, 0, 1, 0xB6, S1, StateLayout.TEMPORARY);
        a.state(8, 0x08, S1, StateLayout.FLAGS + 1);
        x.flags.drop();
    }
}
