package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.R11;
import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;

/** Near jumps, calls and returns, and the stack. Methods return whether anything can follow in the block. */
final class ControlCode {

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;
    private final FlagKeeper flags;

    ControlCode(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
        flags = x.flags;
    }

    /** Whether a transfer of this operand size can be written: near ones of the code's own size. */
    private boolean whole() {
        return x.d.opSize == memory.stackBits() && memory.simpleStack();
    }

    /** Whether a direct target needs no check. */
    private boolean direct() {
        Insn d = x.d;
        return whole() && (d.opSize != 64 || Canonical.always(d.imm));
    }

    /** Whether shadow stacks or branch tracking may have to do with calls, returns and indirect branches. */
    private boolean enforced() {
        return (x.d.mode & Modes.CET) != 0;
    }

    private boolean leave() {
        x.slow();
        return true;
    }

    boolean push() {
        Insn d = x.d;
        if (!whole()) {
            return leave();
        }
        int size = d.opSize;
        int guest = d.opcodeRegister();
        memory.stack(-size / 8, size / 8, true);
        Assembler a = x.code();
        // S1 may be part of the operand in 32-bit code, where every register is the host's
        a.memory(size, 0, 0, 0x89, registers.read(a, guest, S1), memory.found, false);
        move(-size / 8);
        return true;
    }

    boolean pushImmediate() {
        Insn d = x.d;
        if (!whole()) {
            return leave();
        }
        int size = d.opSize;
        memory.stack(-size / 8, size / 8, true);
        Assembler a = x.code();
        a.memory(size, 0, 0, 0xC7, 0, memory.found, false);
        a.u32((int) d.imm);
        move(-size / 8);
        return true;
    }

    /** PUSH r/m: the operand is read before the stack is looked at. */
    boolean pushOperand() {
        Insn d = x.d;
        if (!whole() || d.opSize != 64 || !d.isReg && !memory.simple()) {
            return leave();
        }
        Assembler a = x.code();
        if (d.isReg) {
            memory.stack(-8, 8, true);
            a.memory(64, 0, 0, 0x89, registers.read(a, d.rm, S1), memory.found, false);
        } else {
            memory.operand(8, false, 0, false);
            a.memory(64, 0, 0, 0x8B, S1, memory.found, false);
            a.store(64, StateLayout.TEMPORARY, S1);
            memory.stack(-8, 8, true);
            a.load(64, S1, StateLayout.TEMPORARY);
            a.memory(64, 0, 0, 0x89, S1, memory.found, false);
        }
        move(-8);
        return true;
    }

    boolean pop() {
        Insn d = x.d;
        if (!whole()) {
            return leave();
        }
        int size = d.opSize;
        int guest = d.opcodeRegister();
        memory.stack(0, size / 8, false);
        Assembler a = x.code();
        int h = registers.host(guest);
        a.memory(size, 0, 0, 0x8B, h < 0 ? S1 : h, memory.found, false);
        registers.written(a, guest, S1);
        if (guest != Cpu.RSP) {
            move(size / 8);
        }
        return true;
    }

    boolean leaveFrame() {
        Insn d = x.d;
        if (!whole()) {
            return leave();
        }
        int size = d.opSize;
        memory.at(Assembler.RBP, 0, size / 8, false);
        Assembler a = x.code();
        a.lea(size, R11, Assembler.RBP, size / 8);
        a.memory(size, 0, 0, 0x8B, Assembler.RBP, memory.found, false);
        return true;
    }

    private void move(int bytes) {
        x.code().lea(memory.stackBits(), R11, R11, bytes);
    }

    boolean call() {
        if (enforced() || !direct()) {
            return leave();
        }
        pushReturn();
        x.chain(x.d.imm);
        return false;
    }

    private void pushReturn() {
        Insn d = x.d;
        Assembler a = x.code();
        int size = d.opSize;
        memory.stack(-size / 8, size / 8, true);
        long next = d.nextRip();
        if (size == 32 || next == (int) next) {
            a.memory(size, 0, 0, 0xC7, 0, memory.found, false);
            a.u32((int) next);
        } else {
            a.constant(S1, next);
            a.memory(64, 0, 0, 0x89, S1, memory.found, false);
        }
        move(-size / 8);
    }

    boolean callIndirect() {
        Insn d = x.d;
        // which of stack and target is looked at first is a habit of the make: where both are fine it does not matter
        if (enforced() || !whole() || !d.isReg && !memory.simple()) {
            return leave();
        }
        flags.toMemory();
        Assembler a = x.code();
        x.neverRetry();
        target();
        a.store(64, StateLayout.TEMPORARY, S0);
        canonical();
        pushReturn();
        a.load(64, S0, StateLayout.TEMPORARY);
        x.dispatch();
        return false;
    }

    /** The operand of an indirect transfer into S0. */
    private void target() {
        Insn d = x.d;
        Assembler a = x.code();
        if (d.isReg) {
            int h = registers.host(d.rm);
            if (h >= 0) {
                a.move(d.opSize, S0, h);
            } else {
                a.load(d.opSize, S0, Assembler.field(d.rm));
            }
        } else {
            memory.operand(d.opSize / 8, false, 0, false);
            a.memory(d.opSize, 0, 0, 0x8B, S0, memory.found, false);
        }
    }

    boolean jump() {
        if (!direct()) {
            return leave();
        }
        x.chain(x.d.imm);
        return false;
    }

    boolean jumpIndirect() {
        Insn d = x.d;
        if (enforced() || !whole() || !d.isReg && !memory.simple()) {
            return leave();
        }
        flags.toMemory();
        target();
        canonical();
        x.dispatch();
        return false;
    }

    boolean ret() {
        Insn d = x.d;
        if (enforced() || !whole()) {
            return leave();
        }
        flags.toMemory();
        memory.stack(0, d.opSize / 8, false);
        Assembler a = x.code();
        a.memory(d.opSize, 0, 0, 0x8B, S0, memory.found, false);
        canonical();
        move(d.opSize / 8);
        x.dispatch();
        return false;
    }

    /** Leaves to the interpreter when S0 holds no canonical address. */
    private void canonical() {
        if (x.d.opSize == 64) {
            x.leaveUnlessCanonical(S0);
        }
    }

    boolean branch() {
        Insn d = x.d;
        if (!direct()) {
            return leave();
        }
        flags.need();
        x.branch(d.opcode & 15, d.imm);
        return true;
    }

    /** LOOP without a condition, and JCXZ: neither touches flags. */
    boolean loop(boolean count) {
        Insn d = x.d;
        if (!direct() || d.addrSize == 16) {
            return leave();
        }
        Assembler a = x.code();
        if (count) {
            a.lea(d.addrSize, Assembler.RCX, Assembler.RCX, -1);
        }
        int zero;
        if (d.addrSize == 32) {
            // JECXZ
            a.u8(0x67);
        }
        zero = a.skipIfZero();
        if (count) {
            x.branchAlways(d.imm);
            a.bindShort(zero);
        } else {
            int over = a.skip();
            a.bindShort(zero);
            x.branchAlways(d.imm);
            a.bindShort(over);
        }
        return true;
    }
}
