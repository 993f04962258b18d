package dev.hv.cpu.translate;

import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.StateLayout;
import java.util.Arrays;

/**
 * Writes x86-64 instructions into a buffer: the few that translated code is made of. Registers are numbered as in the encodings (SDM
 * vol. 2A, 2.1). The code may stand anywhere: it reaches the processor's state through {@link #STATE} and other code by distances.
 */
final class Assembler {

    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;
    static final int R11 = 11;
    /** Instructions that may still be run. */
    static final int BUDGET = 12;
    /** Scratch registers. */
    static final int S0 = 13;
    static final int S1 = 14;
    /** The processor's area of state, {@link #BIAS} bytes behind its start, so that short displacements reach its first 256 bytes. */
    static final int STATE = 15;
    static final int BIAS = 128;

    /** Opcode extensions of the group 80, 81, 83. */
    static final int ADD = 0;
    static final int OR = 1;
    static final int AND = 4;
    static final int SUB = 5;
    static final int XOR = 6;
    static final int CMP = 7;
    /** Opcode extensions of the shift group. */
    static final int SHL = 4;
    static final int SHR = 5;
    static final int SAR = 7;

    /** Conditions. */
    static final int OVERFLOW = 0;
    static final int BELOW = 2;
    static final int NOT_BELOW = 3;
    static final int EQUAL = 4;
    static final int NOT_EQUAL = 5;
    static final int NOT_ABOVE = 6;
    static final int ABOVE = 7;
    static final int SIGN = 8;

    private static final int STATE_INDEX = -1;

    private byte[] buffer = new byte[1 << 14];
    private int position;
    /** Where the first byte of the buffer will be executed. */
    private long origin;
    /** Fields of the state that S0 and S1 hold too, and up to which place of the code that is known. */
    private final int[] copied = new int[2];
    private final int[] knownAt = {-1, -1};

    /** Empties the buffer, for code that will stand at {@code address}. */
    void begin(long address) {
        position = 0;
        origin = address;
        forget();
    }

    int position() {
        return position;
    }

    /** Address at which a place in the buffer will be executed. */
    long address(int at) {
        return origin + at;
    }

    /** The place that comes next, which code elsewhere will lead to. */
    long here() {
        forget();
        return origin + position;
    }

    // ---- copies of the state in scratch registers ------------------------------------------------------------------

    /** What comes next may be reached on another way. */
    void forget() {
        knownAt[0] = -1;
        knownAt[1] = -1;
    }

    /** The scratch register that holds a field of the state, too; -1 when none is known to. */
    int copyOf(int field) {
        for (int i = 0; i < 2; i++) {
            if (knownAt[i] == position && copied[i] == field) {
                return S0 + i;
            }
        }
        return -1;
    }

    /** What was written since {@code from}, where {@link #position} was that, has destroyed no scratch register and stored nothing. */
    void kept(int from) {
        for (int i = 0; i < 2; i++) {
            if (knownAt[i] == from) {
                knownAt[i] = position;
            }
        }
    }

    /** The instruction before, from {@code from} on, has loaded a field to a register, or stored it from there. */
    private void know(int register, int field, int from) {
        kept(from);
        for (int i = 0; i < 2; i++) {
            if (register == S0 + i) {
                copied[i] = field;
                knownAt[i] = position;
            } else if (copied[i] == field) {
                knownAt[i] = -1;
            }
        }
    }

    /** Copies the buffer to its place, which is written at {@code writable}. */
    void flush(long writable) {
        Raw.copyIn(buffer, 0, writable, position);
    }

    void align(int bytes) {
        while ((origin + position & bytes - 1) != 0) {
            u8(0x90);
        }
    }

    // ---- bytes -----------------------------------------------------------------------------------------------------

    void u8(int x) {
        if (position == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * position);
        }
        buffer[position++] = (byte) x;
    }

    void bytes(int... all) {
        for (int x : all) {
            u8(x);
        }
    }

    void u16(int x) {
        u8(x);
        u8(x >> 8);
    }

    void u32(int x) {
        u16(x);
        u16(x >> 16);
    }

    void immediate(int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            u8((int) (value >> 8 * i));
        }
    }

    private void patch32(int at, int x) {
        for (int i = 0; i < 4; i++) {
            buffer[at + i] = (byte) (x >> 8 * i);
        }
    }

    // ---- encodings -------------------------------------------------------------------------------------------------

    /** REX where one is needed. {@code byteRegister}: a byte register that without one would be AH … BH. */
    private void rex(int size, int reg, int index, int rm, boolean byteRegister) {
        int rex = (size == 64 ? 8 : 0) | reg >> 3 << 2 | index >> 3 << 1 | rm >> 3;
        if (rex != 0 || byteRegister) {
            u8(0x40 | rex);
        }
    }

    /** Prefixes of an instruction: operand size, mandatory prefix, REX; then the opcode of a map (0 one byte, 1 0F, 2 0F38, 3 0F3A). */
    private void head(int size, int mandatory, int map, int opcode, int reg, int index, int rm, boolean byteRegister) {
        if (size == 16) {
            u8(0x66);
        }
        if (mandatory != 0) {
            u8(mandatory);
        }
        rex(size, reg, index, rm, byteRegister);
        if (map != 0) {
            u8(0x0F);
            if (map > 1) {
                u8(map == 2 ? 0x38 : 0x3A);
            }
        }
        u8(opcode);
    }

    /** An instruction with register operands. */
    void registers(int size, int mandatory, int map, int opcode, int reg, int rm, boolean byteRegister) {
        head(size, mandatory, map, opcode, reg, 0, rm, byteRegister);
        u8(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    /** An instruction with a memory operand. */
    void memory(int size, int mandatory, int map, int opcode, int reg, Operand m, boolean byteRegister) {
        head(size, mandatory, map, opcode, reg, Math.max(m.index, 0), m.base, byteRegister);
        modrm(reg, m);
    }

    private void modrm(int reg, Operand m) {
        boolean small = (byte) m.displacement == m.displacement;
        int mod = m.displacement == 0 && (m.base & 7) != 5 ? 0 : small ? 0x40 : 0x80;
        if (m.index >= 0) {
            u8(mod | (reg & 7) << 3 | 4);
            u8(m.scale << 6 | (m.index & 7) << 3 | m.base & 7);
        } else {
            u8(mod | (reg & 7) << 3 | m.base & 7);
            if ((m.base & 7) == 4) {
                u8(0x24);
            }
        }
        if (mod == 0x40) {
            u8(m.displacement);
        } else if (mod == 0x80) {
            u32(m.displacement);
        }
    }

    /** A one-byte opcode with two registers. */
    void rr(int size, int opcode, int reg, int rm) {
        registers(size, 0, 0, opcode, reg, rm, false);
    }

    /** MOV between registers. */
    void move(int size, int to, int from) {
        rr(size, 0x89, from, to);
    }

    /** A one-byte opcode with a register and a field of the state. */
    void state(int size, int opcode, int reg, int field) {
        state(size, 0, 0, opcode, reg, field);
    }

    /** An instruction with a register and a field of the state. */
    void state(int size, int mandatory, int map, int opcode, int reg, int field) {
        head(size, mandatory, map, opcode, reg, 0, STATE, size == 8 && reg >= 4);
        int displacement = field - BIAS;
        boolean small = (byte) displacement == displacement;
        u8((small ? 0x40 : 0x80) | (reg & 7) << 3 | STATE & 7);
        if (small) {
            u8(displacement);
        } else {
            u32(displacement);
        }
    }

    void load(int size, int reg, int field) {
        int has = size == 64 ? copyOf(field) : -1;
        if (has < 0) {
            int from = position;
            state(size, 0x8B, reg, field);
            if (size == 64) {
                know(reg, field, from);
            }
        } else if (has != reg) {
            int from = position;
            move(64, reg, has);
            know(reg, field, from);
        }
    }

    void store(int size, int field, int reg) {
        int from = position;
        state(size, 0x89, reg, field);
        if (size == 64) {
            know(reg, field, from);
        }
    }

    /** A one-byte opcode with a register and the doubleword or quadword at STATE + index + a field's offset. */
    void indexed(int size, int opcode, int reg, int index, int field) {
        rex(size, reg, index, STATE, false);
        u8(opcode);
        u8(0x80 | (reg & 7) << 3 | 4);
        u8((index & 7) << 3 | STATE & 7);
        u32(field - BIAS);
    }

    /** A one-byte opcode with a register and memory at a register and a displacement. */
    void based(int size, int opcode, int reg, int base, int displacement) {
        rex(size, reg, 0, base, false);
        u8(opcode);
        boolean small = (byte) displacement == displacement;
        u8((small ? 0x40 : 0x80) | (reg & 7) << 3 | base & 7);
        if ((base & 7) == 4) {
            u8(0x24);
        }
        if (small) {
            u8(displacement);
        } else {
            u32(displacement);
        }
    }

    /** LEA of a register and a displacement: adds without touching flags. */
    void lea(int size, int to, int base, int displacement) {
        based(size, 0x8D, to, base, displacement);
    }

    /** LEA of base + index &lt;&lt; scale + displacement; a base below 0 is absent. */
    void lea(int size, int to, int base, int index, int scale, int displacement) {
        rex(size, to, index, Math.max(base, 0), false);
        u8(0x8D);
        if (base < 0) {
            u8((to & 7) << 3 | 4);
            u8(scale << 6 | (index & 7) << 3 | 5);
            u32(displacement);
            return;
        }
        boolean small = (byte) displacement == displacement;
        u8((small ? 0x40 : 0x80) | (to & 7) << 3 | 4);
        u8(scale << 6 | (index & 7) << 3 | base & 7);
        if (small) {
            u8(displacement);
        } else {
            u32(displacement);
        }
    }

    /** ADD, OR, AND, SUB, XOR or CMP of a register with an immediate. */
    void alu(int size, int operation, int rm, int immediate) {
        if (size == 16) {
            u8(0x66);
        }
        rex(size, 0, 0, rm, false);
        if ((byte) immediate == immediate) {
            bytes(0x83, 0xC0 | operation << 3 | rm & 7, immediate);
        } else {
            bytes(0x81, 0xC0 | operation << 3 | rm & 7);
            immediate(size == 16 ? 2 : 4, immediate);
        }
    }

    /** CMP of a byte of the state with an immediate. */
    void compareByte(int field, int immediate) {
        state(8, 0x80, CMP, field);
        u8(immediate);
    }

    void shift(int size, int operation, int rm, int count) {
        rex(size, 0, 0, rm, false);
        bytes(0xC1, 0xC0 | operation << 3 | rm & 7, count);
    }

    /** MOV of a constant in its shortest form; flags stay. */
    void constant(int reg, long value) {
        if (value >>> 32 == 0) {
            rex(32, 0, 0, reg, false);
            u8(0xB8 | reg & 7);
            u32((int) value);
        } else if ((int) value == value) {
            rex(64, 0, 0, reg, false);
            bytes(0xC7, 0xC0 | reg & 7);
            u32((int) value);
        } else {
            rex(64, 0, 0, reg, false);
            u8(0xB8 | reg & 7);
            immediate(8, value);
        }
    }

    /** SETcc of a byte of a register. */
    void set(int condition, int reg) {
        registers(32, 0, 1, 0x90 | condition, 0, reg, reg >= 4);
    }

    /** SETcc of a byte of the state. */
    void setState(int condition, int field) {
        state(32, 0, 1, 0x90 | condition, 0, field);
    }

    /**
     * An instruction under a VEX prefix of three bytes, without memory operand or with one in the state or elsewhere (SDM vol. 2A, 2.3.5).
     *
     * @param map 1 0F, 2 0F38, 3 0F3A
     * @param prefix implied: 0 none, 1 66, 2 F3, 3 F2
     */
    private void vex(int size, int prefix, int map, int opcode, int reg, int second, int index, int rm) {
        u8(0xC4);
        u8((~reg & 8) << 4 | (~index & 8) << 3 | (~rm & 8) << 2 | map);
        u8((size == 64 ? 0x80 : 0) | (~second & 15) << 3 | prefix);
        u8(opcode);
    }

    void vexRegisters(int size, int prefix, int map, int opcode, int reg, int second, int rm) {
        vex(size, prefix, map, opcode, reg, second, 0, rm);
        u8(0xC0 | (reg & 7) << 3 | rm & 7);
    }

    void vexMemory(int size, int prefix, int map, int opcode, int reg, int second, Operand m) {
        vex(size, prefix, map, opcode, reg, second, Math.max(m.index, 0), m.base);
        modrm(reg, m);
    }

    // ---- jumps -----------------------------------------------------------------------------------------------------

    /** A jump to code that stands already. */
    void jump(long target) {
        u8(0xE9);
        u32((int) (target - (origin + position + 4)));
    }

    /** CALL: the host's stack is free. */
    void call(long target) {
        u8(0xE8);
        u32((int) (target - (origin + position + 4)));
    }

    /** A jump to be bound later. @return the place of its distance */
    int jump() {
        u8(0xE9);
        u32(0);
        return position - 4;
    }

    /** A conditional jump to be bound later. @return the place of its distance */
    int jumpIf(int condition) {
        bytes(0x0F, 0x80 | condition);
        u32(0);
        return position - 4;
    }

    /** A conditional jump over a few bytes. @return the place of its distance */
    int skipIf(int condition) {
        bytes(0x70 | condition, 0);
        return position - 1;
    }

    /** JRCXZ over a few bytes. @return the place of its distance */
    int skipIfZero() {
        bytes(0xE3, 0);
        return position - 1;
    }

    /** A jump over a few bytes. @return the place of its distance */
    int skip() {
        bytes(0xEB, 0);
        return position - 1;
    }

    /** Lets a short jump come here. */
    void bindShort(int at) {
        forget();
        int distance = position - at - 1;
        if (distance > Byte.MAX_VALUE) {
            throw new IllegalStateException("a short jump over " + distance + " bytes");
        }
        buffer[at] = (byte) distance;
    }

    /** Lets a jump lead to an address. */
    void bind(int at, long target) {
        patch32(at, (int) (target - (address(at) + 4)));
    }

    /** Jumps to the address in a field of the state. */
    void jumpState(int field) {
        state(32, 0xFF, 4, field);
    }

    /** JMP to the address in memory at a register and a displacement. */
    void jumpBased(int base, int displacement) {
        based(32, 0xFF, 4, base, displacement);
    }

    /** A memory operand: base + index &lt;&lt; scale + displacement. */
    static final class Operand {
        int base;
        int index = STATE_INDEX;
        int scale;
        int displacement;

        void set(int base, int index, int scale, int displacement) {
            this.base = base;
            this.index = index;
            this.scale = scale;
            this.displacement = displacement;
        }
    }

    /** Where a general register of the guest lies in the state. */
    static int field(int guest) {
        return StateLayout.GPR + Long.BYTES * guest;
    }
}
