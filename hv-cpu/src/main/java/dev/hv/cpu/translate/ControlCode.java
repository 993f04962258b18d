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

    /** Whether a push, pop or transfer of this operand size can be written: in 64-bit mode those of 64 bits. */
    private boolean whole() {
        return (x.d.mode & Modes.CODE64) == 0 || x.d.opSize == 64;
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
        a.immediate(Math.min(4, size / 8), d.imm);
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
        if (!memory.flatStack() || d.opSize != memory.stackBits()) {
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
        Assembler a = x.code();
        if (memory.stackBits() == 16) {
            a.lea(32, S0, R11, bytes);
            a.registers(16, 0, 0, 0x89, S0, R11, false);
        } else {
            a.lea(memory.stackBits(), R11, R11, bytes);
        }
    }

    boolean call() {
        if (enforced() || !direct()) {
            return leave();
        }
        x.limit(x.d.imm);
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
        if (size < 64 || next == (int) next) {
            a.memory(size, 0, 0, 0xC7, 0, memory.found, false);
            a.immediate(Math.min(4, size / 8), next);
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
            if (d.opSize == 16) {
                a.registers(32, 0, 1, 0xB7, S0, h, false);
            } else if (h >= 0) {
                a.move(d.opSize, S0, h);
            } else {
                a.load(d.opSize, S0, Assembler.field(d.rm));
            }
        } else {
            memory.operand(d.opSize / 8, false, 0, false);
            loadTarget();
        }
    }

    private void loadTarget() {
        int size = x.d.opSize;
        x.code().memory(Math.max(size, 32), 0, size == 16 ? 1 : 0, size == 16 ? 0xB7 : 0x8B, S0, memory.found, false);
    }

    boolean jump() {
        if (!direct()) {
            return leave();
        }
        x.limit(x.d.imm);
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
        loadTarget();
        canonical();
        if (memory.stackBits() == 16) {
            a.store(64, StateLayout.NEXT_RIP, S0);
            move(d.opSize / 8);
            a.load(64, S0, StateLayout.NEXT_RIP);
        } else {
            move(d.opSize / 8);
        }
        x.dispatch();
        return false;
    }

    /** Leaves to the interpreter when S0 holds no canonical address, or one beyond the limit of the code segment. */
    private void canonical() {
        if (x.d.opSize == 64) {
            x.leaveUnlessCanonical(S0);
        } else if (!x.flat()) {
            x.code().state(32, 0x3B, S0, StateLayout.CODE_LIMIT);
            x.slowIf(Assembler.ABOVE);
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
        if (!direct() || x.beyond(d.imm)) {
            return leave();
        }
        Assembler a = x.code();
        if (d.addrSize == 16) {
            loop16(count);
            return true;
        }
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

    /** As {@link #loop} with CX. */
    private void loop16(boolean count) {
        Assembler a = x.code();
        if (count) {
            a.lea(32, S0, Assembler.RCX, -1);
            a.registers(16, 0, 0, 0x89, S0, Assembler.RCX, false);
        }
        // JRCXZ leaves flags alone, as nothing else does: CX alone for it
        a.move(64, S1, Assembler.RCX);
        a.registers(32, 0, 1, 0xB7, Assembler.RCX, Assembler.RCX, false);
        int zero = a.skipIfZero();
        a.move(64, Assembler.RCX, S1);
        if (count) {
            x.branchAlways(x.d.imm);
            a.bindShort(zero);
            a.move(64, Assembler.RCX, S1);
        } else {
            int over = a.skip();
            a.bindShort(zero);
            a.move(64, Assembler.RCX, S1);
            x.branchAlways(x.d.imm);
            a.bindShort(over);
        }
    }
}
