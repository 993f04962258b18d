package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.StateLayout;

/**
 * SSE to SSE4.2: the guest's instruction on two registers of the host, which are loaded from the XMM registers in the state and stored
 * there. A register source is used where it lies. Arithmetic runs with the guest's MXCSR, in the host's register while machine code runs.
 */
final class SimdCode {

    /** Host registers for the operands in ModRM.reg and ModRM.rm; XMM0 is free for the implicit mask of blends. */
    private static final int REG = 1;
    private static final int RM = 2;

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;

    SimdCode(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
    }

    private static int field(int xmm) {
        return StateLayout.XMM + 16 * xmm;
    }

    private void load(int host, int xmm) {
        x.code().state(32, 0, 1, 0x28, host, field(xmm));
    }

    private void store(int xmm, int host) {
        x.code().state(32, 0, 1, 0x29, host, field(xmm));
    }

    /** Writes the instruction in hand. */
    void write() {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        String[] o = e.places;
        char first = o[0].charAt(0);
        boolean rmFirst = "WUE".indexOf(first) >= 0;
        if (!d.isReg && !memory.simple()) {
            x.slow();
            return;
        }
        if (e.floating) {
            x.flags.clobber();
            x.floatingPoint();
        }
        boolean string = e.is(Trait.GIVES_INDEX) || e.is(Trait.GIVES_MASK);
        boolean wide = (string || e.operands.contains("y")) && d.opSize == 64;
        int size = wide ? 64 : 32;
        char rmKind = rmFirst ? first : o.length > 1 ? o[1].charAt(0) : '?';
        int bytes = e.rmBytes != 0 ? e.rmBytes : wide ? 8 : 4;
        if (!d.isReg) {
            memory.operand(bytes, rmFirst, e.aligned && bytes == 16 ? 16 : 0, false);
        }
        if (e.is(Trait.MASKED_BY_XMM0)) {
            load(0, 0);
        }
        int reg;
        boolean vector = e.operands.contains("V");
        if (e.general) {
            reg = registers.host(d.reg);
            if (reg < 0) {
                reg = S1;
            }
        } else if (vector) {
            reg = REG;
            if (!loads()) {
                load(REG, d.reg);
            }
        } else {
            reg = d.modrm >> 3 & 7;
        }
        boolean immediate = e.operands.endsWith("Ib");
        if (!d.isReg) {
            a.memory(size, e.mandatory, e.map, d.opcode, reg, memory.found, false);
        } else if (rmKind == 'E') {
            int h = registers.host(d.rm);
            if (h < 0) {
                h = S1;
                if (!rmFirst) {
                    a.load(64, S1, Assembler.field(d.rm));
                }
            }
            a.registers(size, e.mandatory, e.map, d.opcode, reg, h, false);
            if (immediate) {
                a.u8((int) d.imm);
                immediate = false;
            }
            if (rmFirst) {
                registers.written(a, d.rm, S1);
            }
        } else if (rmKind == 'U') {
            load(RM, d.rm);
            a.registers(size, e.mandatory, e.map, d.opcode, reg, RM, false);
        } else {
            a.state(size, e.mandatory, e.map, d.opcode, reg, field(d.rm));
        }
        if (immediate) {
            a.u8((int) d.imm);
        }
        if (e.is(Trait.GIVES_MASK)) {
            store(0, 0);
        } else if (first == 'V' && e.writes == 0) {
            store(d.reg, REG);
        } else if (first == 'U') {
            store(d.rm, RM);
        } else if (first == 'G') {
            registers.written(a, d.reg, S1);
        }
        if (e.writes != 0) {
            x.flags.set(null);
        }
    }

    /** Whether the register destination is written whole. */
    private boolean loads() {
        return (x.e.is(Trait.LOADS_VECTOR) || !x.d.isReg && x.e.is(Trait.LOADS_FROM_MEMORY)) && x.e.operands.startsWith("V");
    }
}
