package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;
import dev.hv.cpu.state.Tlb;

/**
 * Guest memory in machine code. An address is looked up in the translation cache as {@code dev.hv.cpu.state.Mem} does it: the tag of the
 * last byte's page at the entry of the first byte's, so that page-crossing accesses, watched pages and device registers all miss and are
 * left to the interpreter. Only after a hit is the entry's addend used, and what it is added to is the address that was compared: no value
 * of the guest can lead to memory that the entry does not stand for.
 */
final class MemoryAccess {

    private final Emission x;
    private final GuestRegisters registers;
    /** The operand, after {@link #operand} or {@link #stack}. */
    final Assembler.Operand found = new Assembler.Operand();
    private final boolean amd;

    MemoryAccess(Emission x, boolean amd) {
        this.x = x;
        registers = x.registers;
        this.amd = amd;
        x.address = this::form;
    }

    private void form(int register, int offset) {
        if (register < 0) {
            linear();
        } else {
            stackAddress(register, offset);
        }
    }

    /** Whether the memory operand of the instruction in hand can be formed here. */
    boolean simple() {
        Insn d = x.d;
        // AMD's processors look at the offset of FS and GS operands in 64-bit mode, too
        return (d.mode & Modes.CODE64) == 0 || !amd || d.seg < Cpu.FS || d.base == Cpu.ZERO && d.index == Cpu.ZERO;
    }

    /** Whether the memory operand is in a segment with a base or a limit. */
    private boolean segmented() {
        Insn d = x.d;
        return (d.mode & Modes.CODE64) == 0 && !((d.mode & Modes.FLAT) != 0 && d.addrSize == 32 && d.seg < Cpu.FS && d.seg != Cpu.CS);
    }

    /** Whether the stack is in 64-bit mode or in a flat segment that ESP points to. */
    boolean flatStack() {
        int mode = x.d.mode;
        return (mode & Modes.CODE64) != 0 || (mode & (Modes.FLAT | Modes.STACK32)) == (Modes.FLAT | Modes.STACK32);
    }

    /** Size of stack addresses. */
    int stackBits() {
        return (x.d.mode & Modes.CODE64) != 0 ? 64 : (x.d.mode & Modes.STACK32) != 0 ? 32 : 16;
    }

    /** Leaves to the interpreter unless the segment has so many bytes at the offset in S0. Destroys S1 and flags. */
    private void within(int segment, int bytes, boolean write) {
        Assembler a = x.code();
        a.lea(64, S1, S0, bytes);
        a.state(64, 0x3B, S1, (write ? StateLayout.WRITE_ENDS : StateLayout.READ_ENDS) + Long.BYTES * segment);
        x.slowIf(Assembler.ABOVE);
    }

    /** The offset in S0 becomes a linear address of 32 bits. Destroys flags. */
    private void based(int segment) {
        x.code().state(32, 0x03, S0, StateLayout.SEG_BASE + Long.BYTES * segment);
    }

    /**
     * Checks the memory operand of the instruction in hand and leaves its place in {@link #found}, formed of S0 and at most one register
     * of the guest's. Destroys flags.
     *
     * @param write whether it will be written
     * @param alignment in bytes, a power of two; 0 for any
     * @param whole leave the address in S0 alone
     */
    void operand(int bytes, boolean write, int alignment, boolean whole) {
        Assembler a = x.code();
        x.flags.clobber();
        if (segmented()) {
            effective(x.d.addrSize, S0);
            within(x.d.seg, bytes, write);
            based(x.d.seg);
        } else {
            linear();
        }
        if (alignment != 0) {
            a.bytes(0x41, 0xF6, 0xC0 | S0 & 7, alignment - 1);
            x.slowIf(Assembler.NOT_EQUAL);
        }
        check(bytes, write, -1, 0);
        reuse(whole);
    }

    /** Whether an element of a bit string in memory can be formed here: addresses must not wrap below 64 bits. */
    boolean simpleBitString() {
        return (x.d.mode & Modes.CODE64) != 0 && x.d.addrSize == 64 && x.d.opSize >= 32 && simple();
    }

    /**
     * As {@link #operand} for a bit string: checks the element that the bit number in a register selects, and leaves the place of the string's first in
     * {@link #found}, from where the instruction comes to the element by the same number.
     */
    void bitString(boolean write) {
        Assembler a = x.code();
        Insn d = x.d;
        x.flags.clobber();
        x.neverRetry();
        linear();
        int shift = d.opSize == 64 ? 6 : 5;
        int number = registers.read(a, d.reg, S1);
        if (d.opSize == 64) {
            a.move(64, S1, number);
        } else {
            // MOVSXD
            a.rr(64, 0x63, S1, number);
        }
        a.shift(64, Assembler.SAR, S1, shift);
        a.lea(64, S0, S0, S1, shift - 3, 0);
        check(d.opSize / 8, write, -1, 0);
        reuse(true);
    }

    /** The linear address into S0. */
    private void linear() {
        Insn d = x.d;
        effective(d.addrSize, S0);
        if (segmented()) {
            based(d.seg);
        } else if (d.seg >= Cpu.FS) {
            x.code().state(64, 0x03, S0, StateLayout.SEG_BASE + Long.BYTES * d.seg);
        }
    }

    /** The effective address of the memory operand; S0 and S1 may be used. Leaves flags alone. */
    void effective(int size, int to) {
        Assembler a = x.code();
        Insn d = x.d;
        if (d.base == Cpu.ZERO && d.index == Cpu.ZERO) {
            a.constant(to, size == 64 ? d.disp : d.disp & 0xFFFFFFFFL >>> 32 - size);
            return;
        }
        if (size == 16) {
            effective(32, to);
            low16(to, to);
            return;
        }
        int base = d.base == Cpu.ZERO ? -1 : registers.read(a, d.base, S0);
        if (d.index == Cpu.ZERO) {
            if (d.disp == 0 && to != base) {
                a.move(size, to, base);
            } else {
                a.lea(size, to, base, (int) d.disp);
            }
            return;
        }
        a.lea(size, to, base, registers.read(a, d.index, S1), d.scale, (int) d.disp);
    }

    /** Looks the address in S0 up; the offset of its entry is in S1 afterwards. */
    private void check(int bytes, boolean write, int register, int offset) {
        Assembler a = x.code();
        a.move(64, S1, S0);
        a.shift(64, Assembler.SHR, S1, 7);
        a.alu(32, Assembler.AND, S1, (int) Tlb.INDEX_MASK);
        if (bytes > 1) {
            a.alu(64, Assembler.ADD, S0, bytes - 1);
        }
        a.alu(64, Assembler.AND, S0, -0x1000);
        a.state(64, 0x0B, S0, StateLayout.CTX);
        a.indexed(64, 0x3B, S0, S1, StateLayout.TLB + (write ? Long.BYTES : 0));
        x.missIfNotEqual(bytes, write, register, offset);
    }

    private void reuse(boolean whole) {
        Assembler a = x.code();
        Insn d = x.d;
        int addend = StateLayout.TLB + 2 * Long.BYTES;
        int base = d.base == Cpu.ZERO ? -1 : registers.host(d.base);
        int index = d.index == Cpu.ZERO ? -1 : registers.host(d.index);
        if (whole || d.seg >= Cpu.FS || d.addrSize != 64 || d.base == Cpu.ZERO && d.index == Cpu.ZERO) {
            a.indexed(64, 0x8B, S1, S1, addend);
            boolean scratch = index < 0 && d.index != Cpu.ZERO;
            if (scratch) {
                a.store(64, StateLayout.TEMPORARY, S1);
            }
            linear();
            if (scratch) {
                a.state(64, 0x03, S0, StateLayout.TEMPORARY);
            } else {
                a.rr(64, 0x01, S1, S0);
            }
            found.set(S0, -1, 0, 0);
            return;
        }
        a.indexed(64, 0x8B, S0, S1, addend);
        if (d.index == Cpu.ZERO) {
            if (base >= 0) {
                found.set(S0, base, 0, (int) d.disp);
            } else {
                a.state(64, 0x03, S0, Assembler.field(d.base));
                found.set(S0, -1, 0, (int) d.disp);
            }
            return;
        }
        if (d.base != Cpu.ZERO) {
            if (base >= 0) {
                a.rr(64, 0x01, base, S0);
            } else {
                a.state(64, 0x03, S0, Assembler.field(d.base));
            }
        }
        if (index >= 0) {
            found.set(S0, index, d.scale, (int) d.disp);
        } else {
            a.load(64, S1, Assembler.field(d.index));
            a.lea(64, S0, S0, S1, d.scale, 0);
            found.set(S0, -1, 0, (int) d.disp);
        }
    }

    /** The lower half of a register's lower half. */
    private void low16(int to, int from) {
        x.code().registers(32, 0, 1, 0xB7, to, from, false);
    }

    /** The linear address of a place relative to a register of the host, in the stack's segment, into S0. */
    private void stackAddress(int register, int offset) {
        stackOffset(register, offset);
        if (!flatStack()) {
            based(Cpu.SS);
        }
    }

    private void stackOffset(int register, int offset) {
        int size = stackBits();
        x.code().lea(Math.max(size, 32), S0, register, offset);
        if (size == 16) {
            low16(S0, S0);
        }
    }

    /** Checks the stack {@code offset} bytes from its pointer on and leaves the place in {@link #found}. Destroys flags. */
    void stack(int offset, int bytes, boolean write) {
        at(Assembler.R11, offset, bytes, write);
    }

    /** Checks memory at a register of the host and an offset. */
    void at(int host, int offset, int bytes, boolean write) {
        Assembler a = x.code();
        x.flags.clobber();
        int size = stackBits();
        stackOffset(host, offset);
        if (!flatStack()) {
            within(Cpu.SS, bytes, write);
            based(Cpu.SS);
        }
        check(bytes, write, host, offset);
        if (size == 64) {
            a.indexed(64, 0x8B, S0, S1, StateLayout.TLB + 2 * Long.BYTES);
            found.set(S0, host, 0, offset);
        } else {
            a.indexed(64, 0x8B, S1, S1, StateLayout.TLB + 2 * Long.BYTES);
            stackAddress(host, offset);
            found.set(S0, S1, 0, 0);
        }
    }
}
