package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.SegmentAccess;

/** What the string instructions share: their index registers, their addresses, the length of one step. */
final class StringOperands {

    /**
     * Bytes that one step of a repeated instruction works on before events are looked at: small enough for interrupt latency,
     * large enough to make the step's overhead vanish.
     */
    static final int STEP = 1 << 16;
    /**
     * What an element costs of {@link #STEP} where no run is possible. Elements that go one by one because their page is watched for
     * code cost what they cost in a run: where steps end counts for time, and must not depend on what has been decoded.
     */
    static final int SLOW = 64;

    private StringOperands() {}

    /** Bytes of an element: 1 for even opcodes, else the operand size. */
    static int size(Insn d) {
        return (d.opcode & 1) == 0 ? 1 : d.opSize >> 3;
    }

    /** Ones at the bits of an index register that count. */
    static long mask(Insn d) {
        return d.addrSize == 64 ? -1L : d.addrSize == 32 ? 0xFFFFFFFFL : 0xFFFF;
    }

    /** Segment of the source operand. */
    static int source(Insn d) {
        return d.segOverride >= 0 ? d.segOverride : Cpu.DS;
    }

    /** Distance to the next element under DF. */
    static long step(Cpu c, int size) {
        return (c.rflagsOther() & Rflags.DF) != 0 ? -size : size;
    }

    /** Bytes of a step: one element where a debug trap follows each. */
    static long budget(Cpu c) {
        return (c.rflagsOther() & Rflags.TF) != 0 ? 1 : STEP;
    }

    /** Sets an index or count register under the address size. */
    static void set(Cpu c, int reg, long value, int addrSize) {
        c.gpr(reg, addrSize == 64 ? value : addrSize == 32 ? value & 0xFFFFFFFFL : c.gpr(reg) & ~0xFFFFL | value & 0xFFFF);
    }

    /**
     * What a repeated instruction with addresses of 32 bits does in 64-bit code before its first element, if there is one: on Intel's processors the
     * count, and an index register for each of {@code reg} (-1 for none), lose their upper halves.
     */
    static void start(Cpu c, Insn d, int reg, int other) {
        if (!d.amd && d.addrSize == 32 && (c.mode & Modes.CODE64) != 0) {
            set(c, Cpu.RCX, c.gpr(Cpu.RCX), 32);
            if (reg >= 0) {
                set(c, reg, c.gpr(reg), 32);
            }
            if (other >= 0) {
                set(c, other, c.gpr(other), 32);
            }
        }
    }

    /** Whether addresses in a segment need no checks and wrap only where pages end. */
    static boolean flat(Cpu c, int seg, int addrSize) {
        if ((c.mode & Modes.CODE64) != 0) {
            return addrSize == 64 || c.segBase(seg) == 0;
        }
        return (c.mode & Modes.FLAT) != 0 && seg < Cpu.FS && seg != Cpu.CS;
    }

    /** Linear address of an element. */
    static long linear(Cpu c, int seg, long offset, int size, boolean write) {
        return SegmentAccess.linear(c, seg, offset, size, write);
    }

    /** Elements from an address on, upwards or downwards, that lie wholly in its page. */
    static long room(long linear, long step) {
        long at = linear & 0xFFF;
        long size = Math.abs(step);
        int shift = Long.numberOfTrailingZeros(size);
        return step > 0 ? 0x1000 - at >> shift : at + size > 0x1000 ? 0 : (at >> shift) + 1;
    }

    /** Elements to do at most: {@code count} (unsigned), {@code room}, and what the budget in bytes allows, which is at least one. */
    static long most(long count, long room, long budget, int size) {
        long n = Math.min(room, budget + size - 1 >> Integer.numberOfTrailingZeros(size));
        return Long.compareUnsigned(count, n) < 0 ? count : n;
    }

    /** Raw address for reading a run of elements, 0 where there is none; faults as the first element would. */
    static long rawRead(Cpu c, long linear, int size) {
        long raw = Mem.rawRead(c, linear);
        if (raw == 0) {
            Mem.probeRead(c, linear, size);
            raw = Mem.rawRead(c, linear);
        }
        return raw;
    }

    /** Raw address for writing a run of elements, 0 where there is none; faults as the first element would. */
    static long rawWrite(Cpu c, long linear, int size) {
        long raw = Mem.rawWrite(c, linear);
        if (raw == 0) {
            Mem.probeWrite(c, linear, size);
            raw = Mem.rawWrite(c, linear);
        }
        return raw;
    }
}
