package dev.hv.cpu.decode;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.InstructionOperands;
import dev.hv.cpu.state.Modes;

/** One decoded instruction. The decoder fills a scratch object; forms copy what they need, or the whole with {@link #copy}. */
public final class Insn implements InstructionOperands, Cloneable {

    /** A {@link #cet} of branches with prefix 3EH. */
    public static final int NO_TRACK = 2;

    /** Row of the instruction table ({@link Table}); -1 for an invalid opcode. */
    public int id;
    /** Address of the first byte, as RIP (an offset from CS base outside 64-bit mode). */
    public long rip;
    /** Bytes. */
    public int length;
    /** Mode bits it was decoded for ({@link dev.hv.cpu.state.Modes}). */
    public int mode;
    /** Last opcode byte. */
    public int opcode;
    /** Operand size in bits: 16, 32 or 64. */
    public int opSize;
    /** Address size in bits. */
    public int addrSize;
    /** REX prefix byte, 0 for none. */
    public int rex;
    /** 0, 0xF2 or 0xF3: the last repeat prefix. */
    public int rep;
    /** 66 prefix seen. */
    public boolean prefix66;
    public boolean lock;
    /** {@link Cpu#parallel} of the processor it is decoded for. */
    public boolean parallel;
    /** Decoded for a processor of AMD, where that makes a difference ({@link dev.hv.cpu.state.CpuModel#intel} tells which). */
    public boolean amd;
    /** ModRM byte; -1 without one. */
    public int modrm;
    /** Reg field with REX.R. */
    public int reg;
    /** Rm field with REX.B when {@link #isReg}. */
    public int rm;
    /** Register that VEX names beside reg and rm. */
    public int vvvv;
    /** VEX.L: operands of 256 bits. */
    public boolean wide;
    /** SIB byte, -1 without one; for addresses whose index is a vector. */
    public int sib;
    /** The r/m operand is a register. */
    public boolean isReg;
    /** Base register of the memory operand, {@link Cpu#ZERO} for none. */
    public int base;
    /** Index register, {@link Cpu#ZERO} for none. */
    public int index;
    /** Shift of the index. */
    public int scale;
    /** Displacement, sign-extended; absolute for RIP-relative operands. */
    public long disp;
    /** Segment of the memory operand: default or override. */
    public int seg;
    /** Segment override prefix in force, -1 for none. */
    public int segOverride;
    /** For indirect near branches: 0 where none is tracked ({@link Modes#CET}), else 1, or {@link #NO_TRACK} with the prefix that asks for none. */
    public int cet;
    /** Immediate as the operand says (sign- or zero-extended); the target for relative branches. */
    public long imm;
    /** Second immediate (ENTER's level, the selector of far pointers). */
    public long imm2;

    /** Address of the following instruction. */
    public long nextRip() {
        long next = rip + length;
        return (mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL;
    }

    /** Whether decoded for 64-bit mode. */
    public boolean mode64() {
        return (mode & Modes.CODE64) != 0;
    }

    /** Register number of a byte operand as register and shift: AH CH DH BH are 4 … 7 without REX. */
    public int byteRegister(int number) {
        return rex == 0 && number >= 4 && number < 8 ? number - 4 : number;
    }

    /** Shift that belongs to {@link #byteRegister}. */
    public int byteShift(int number) {
        return rex == 0 && number >= 4 && number < 8 ? 8 : 0;
    }

    /** Opcode register (low three bits with REX.B). */
    public int opcodeRegister() {
        return opcode & 7 | (rex & 1) << 3;
    }

    /** The vector register that the upper half of the immediate byte names. */
    public int is4() {
        return (int) imm >> 4 & (mode64() ? 15 : 7);
    }

    /** The vector register that is the index of the address. */
    public int vectorIndex() {
        return sib >> 3 & 7 | (rex & 2) << 2;
    }

    /** A copy that lives on. */
    public Insn copy() {
        try {
            return (Insn) clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public boolean memory() {
        return modrm >= 0 && !isReg;
    }

    @Override
    public int operandSize() {
        return opSize;
    }

    @Override
    public int addressSize() {
        return addrSize;
    }

    @Override
    public int rm() {
        return rm;
    }

    @Override
    public int reg() {
        return reg;
    }

    @Override
    public int segment() {
        return seg;
    }

    @Override
    public int base() {
        return base;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public int scale() {
        return scale;
    }

    @Override
    public long displacement() {
        return disp;
    }
}
