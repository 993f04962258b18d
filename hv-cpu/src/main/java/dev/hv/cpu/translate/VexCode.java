package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;

/**
 * AVX and AVX2 whose operation SSE has too: the instruction of SSE ({@link Effect#twin}) once for each lane of 128 bits, on registers of the host that
 * are loaded from the halves of the YMM registers in the state and stored there. What crosses lanes is left to the interpreter.
 */
final class VexCode {

    private static final int MOVMSK = 0xD7;
    private static final int ZEROUPPER = 0x77;
    private static final int BROADCAST = 0x78;
    private static final int REGISTERS = 16;
    private static final int BYTES = 16;
    /** Host registers: zeroes, destination, source, and the sources in memory of both lanes. */
    private static final int ZERO = 0;
    private static final int TO = 1;
    private static final int FROM = 2;
    private static final int MEMORY = 3;

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;
    private final Assembler.Operand upper = new Assembler.Operand();

    VexCode(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
    }

    private static int field(int lane, int register) {
        return (lane == 0 ? StateLayout.XMM : StateLayout.YMM_HIGH) + BYTES * register;
    }

    private void load(int host, int lane, int register) {
        x.code().state(32, 0, 1, 0x10, host, field(lane, register));
    }

    private void store(int lane, int register, int host) {
        x.code().state(32, 0, 1, 0x11, host, field(lane, register));
    }

    /** XORPS of a host register with itself. */
    private void clear(int host) {
        x.code().registers(32, 0, 1, 0x57, host, host, false);
    }

    private void clearUpper(int register) {
        clear(ZERO);
        store(1, register, ZERO);
    }

    /** Writes the instruction in hand. */
    void write() {
        Insn d = x.d;
        Effect e = x.e;
        if (!d.isReg && d.modrm >= 0 && !memory.simple()) {
            x.slow();
            return;
        }
        if (d.opcode == ZEROUPPER && e.map == 4) {
            zeroUpper();
            return;
        }
        if (d.opcode == BROADCAST && e.map == 5) {
            broadcastByte();
            return;
        }
        if (d.opcode == MOVMSK && e.map == 4) {
            moveMask();
            return;
        }
        Effect t = e.twin;
        if (t.is(Trait.PREDICATED) && d.imm > 7) {
            // SSE has only the first eight predicates
            x.slow();
            return;
        }
        if (t.floating) {
            x.flags.clobber();
            x.floatingPoint();
        }
        String[] o = e.places;
        if (e.operands.indexOf('E') >= 0) {
            general(o[0].charAt(0) == 'E');
        } else if (o[0].charAt(0) == 'W') {
            toMemory(o[0]);
        } else {
            operate(o);
        }
    }

    private static int bytes(String operand, Insn d) {
        return switch (operand.substring(1)) {
            case "x" -> d.wide ? 2 * BYTES : BYTES;
            case "dq" -> BYTES;
            case "q" -> 8;
            default -> 4;
        };
    }

    private Assembler.Operand lane(int lane) {
        Assembler.Operand m = memory.found;
        upper.set(m.base, m.index, m.scale, m.displacement + BYTES * lane);
        return upper;
    }

    /** Checks the operand in memory; false when its second lane has no place in a displacement. */
    private boolean reach(int bytes, boolean write) {
        if (x.d.disp != (int) x.d.disp || (int) x.d.disp > Integer.MAX_VALUE - BYTES) {
            x.slow();
            return false;
        }
        memory.operand(bytes, write, x.e.aligned ? bytes : 0, false);
        return true;
    }

    /** A store. */
    private void toMemory(String operand) {
        Insn d = x.d;
        Effect t = x.e.twin;
        int bytes = bytes(operand, d);
        if (!reach(bytes, true)) {
            return;
        }
        Assembler a = x.code();
        int lanes = bytes == 2 * BYTES ? 2 : 1;
        for (int lane = 0; lane < lanes; lane++) {
            load(FROM, lane, d.reg);
            if (bytes < BYTES) {
                a.memory(32, t.mandatory, t.map, d.opcode, FROM, memory.found, false);
            } else {
                a.memory(32, 0, 1, 0x11, FROM, lane(lane), false);
            }
        }
    }

    /** An operation whose destination is a vector register. */
    private void operate(String[] o) {
        Insn d = x.d;
        Effect e = x.e;
        Effect t = e.twin;
        Assembler a = x.code();
        boolean toRm = o[0].charAt(0) == 'U';
        boolean second = o[1].charAt(0) == 'H';
        String source = o[second ? 2 : 1];
        int bytes = bytes(source, d);
        boolean whole = source.endsWith("x") || source.endsWith("dq");
        if (!d.isReg && !reach(bytes, false)) {
            return;
        }
        int lanes = o[0].endsWith("x") && d.wide ? 2 : 1;
        // counts of shifts are the same for both lanes
        int sources = source.endsWith("x") ? lanes : 1;
        if (!d.isReg && whole) {
            for (int lane = 0; lane < sources; lane++) {
                a.memory(32, 0, 1, 0x10, MEMORY + lane, lane(lane), false);
            }
        }
        int to = toRm ? d.rm : d.reg;
        boolean immediate = e.operands.endsWith("Ib");
        boolean moves = !second && whole && t.is(Trait.MOVES_VECTOR);
        for (int lane = 0; lane < lanes; lane++) {
            if (second) {
                load(TO, lane, d.vvvv);
            }
            int from = FROM;
            if (d.isReg && lane < sources) {
                load(FROM, lane, toRm ? d.reg : d.rm);
            } else if (!d.isReg) {
                from = MEMORY + Math.min(lane, sources - 1);
            }
            if (moves) {
                store(lane, to, from);
                continue;
            }
            if (toRm) {
                // a move to the register in ModRM.rm, or a merge of the lower part with that in VEX.vvvv
                a.registers(32, t.mandatory, t.map, d.opcode, from, TO, false);
            } else if (d.isReg || whole) {
                a.registers(32, t.mandatory, t.map, d.opcode, TO, from, false);
            } else {
                a.memory(32, t.mandatory, t.map, d.opcode, TO, memory.found, false);
            }
            if (immediate) {
                a.u8((int) d.imm >> (lane == 0 ? 0 : upperShift(t.mnemonic)));
            }
            store(lane, to, TO);
        }
        if (lanes == 1) {
            clearUpper(to);
        }
    }

    /** Where the upper lane's part of an immediate begins, in those that have one. */
    private static int upperShift(String mnemonic) {
        return switch (mnemonic) {
            case "BLENDPS" -> 4;
            case "BLENDPD", "SHUFPD" -> 2;
            case "MPSADBW" -> 3;
            default -> 0;
        };
    }

    /** Moves between a vector register and a general one or memory of that size. */
    private void general(boolean store) {
        Insn d = x.d;
        Effect t = x.e.twin;
        Assembler a = x.code();
        int size = d.opSize == 64 ? 64 : 32;
        if (!d.isReg && !reach(size / 8, store)) {
            return;
        }
        if (store) {
            load(FROM, 0, d.reg);
        }
        int vector = store ? FROM : TO;
        if (d.isReg) {
            int h = registers.host(d.rm);
            if (h < 0) {
                h = S1;
                if (!store) {
                    a.load(64, S1, Assembler.field(d.rm));
                }
            }
            a.registers(size, t.mandatory, t.map, d.opcode, vector, h, false);
            if (store) {
                registers.written(a, d.rm, S1);
            }
        } else {
            a.memory(size, t.mandatory, t.map, d.opcode, vector, memory.found, false);
        }
        if (!store) {
            store(0, d.reg, TO);
            clearUpper(d.reg);
        }
    }

    /** VPMOVMSKB. */
    private void moveMask() {
        Insn d = x.d;
        Assembler a = x.code();
        x.flags.clobber();
        load(FROM, 0, d.rm);
        a.registers(32, 0x66, 1, MOVMSK, S0, FROM, false);
        if (d.wide) {
            load(FROM, 1, d.rm);
            a.registers(32, 0x66, 1, MOVMSK, S1, FROM, false);
            a.shift(32, Assembler.SHL, S1, BYTES);
            a.rr(32, 0x09, S1, S0);
        }
        int h = registers.host(d.reg);
        if (h >= 0) {
            a.move(64, h, S0);
        } else {
            a.store(64, Assembler.field(d.reg), S0);
        }
    }

    /** VPBROADCASTB from a register: PSHUFB by zeroes. */
    private void broadcastByte() {
        Insn d = x.d;
        if (!d.isReg) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        load(TO, 0, d.rm);
        clear(ZERO);
        a.registers(32, 0x66, 2, 0, TO, ZERO, false);
        store(0, d.reg, TO);
        store(1, d.reg, d.wide ? TO : ZERO);
    }

    private void zeroUpper() {
        clear(ZERO);
        int count = (x.d.mode & Modes.CODE64) != 0 ? REGISTERS : REGISTERS / 2;
        for (int i = 0; i < count; i++) {
            store(1, i, ZERO);
        }
    }
}
