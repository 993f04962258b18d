package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;

/** YMM registers as operands of VEX-encoded instructions: what is written is written whole, with zeroes above it (SDM vol. 1, 14.1.1). */
public final class Ymm {

    private Ymm() {}

    /** Sets a register to 64 bits. */
    public static void set(Cpu c, int x, long low) {
        set(c, x, low, 0, 0, 0);
    }

    /** Sets a register to 128 bits. */
    public static void set(Cpu c, int x, long low, long high) {
        set(c, x, low, high, 0, 0);
    }

    /** Sets a register to 256 bits. */
    public static void set(Cpu c, int x, long v0, long v1, long v2, long v3) {
        c.xmm(2 * x, v0);
        c.xmm(2 * x + 1, v1);
        c.ymmHigh(2 * x, v2);
        c.ymmHigh(2 * x + 1, v3);
    }

    /** 64 bits of a register, the lowest at 0. */
    static long part(Cpu c, int x, int i) {
        return i < 2 ? c.xmm(2 * x + i) : c.ymmHigh(2 * x + i - 2);
    }

    /** Sets 64 bits of a register and leaves the others. */
    static void part(Cpu c, int x, int i, long v) {
        if (i < 2) {
            c.xmm(2 * x + i, v);
        } else {
            c.ymmHigh(2 * x + i - 2, v);
        }
    }

    /** Element of 32 bits, the lowest at 0. */
    static int element32(Cpu c, int x, int i) {
        return (int) (part(c, x, i >> 1) >>> 32 * (i & 1));
    }

    /** Sets an element of 32 bits. */
    static void element32(Cpu c, int x, int i, long v) {
        int shift = 32 * (i & 1);
        part(c, x, i >> 1, part(c, x, i >> 1) & ~(0xFFFFFFFFL << shift) | (v & 0xFFFFFFFFL) << shift);
    }

    /** Sets a register's bits from {@code parts} times 64 on to zero. */
    static void clear(Cpu c, int x, int parts) {
        for (int i = parts; i < 4; i++) {
            part(c, x, i, 0);
        }
    }

    /**
     * The rule for memory operands of 256 bits that must be aligned.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0), whatever the segment
     */
    public static void checkAligned(Cpu c, long ea) {
        if ((ea & 31) != 0) {
            throw c.gp();
        }
    }

    /** Writes 256 bits, or none when some of them cannot be written. */
    public static void write(Cpu c, long ea, long v0, long v1, long v2, long v3) {
        Mem.probeWrite(c, ea, 32);
        Mem.write64(c, ea, v0);
        Mem.write64(c, ea + 8, v1);
        Mem.write64(c, ea + 16, v2);
        Mem.write64(c, ea + 24, v3);
    }

    /** Reads the r/m operand of an instruction by its length into working registers: from {@code c.xmm(32)} on, 64 bits each. */
    static void source(Cpu c, Insn d) {
        int n = d.wide ? 4 : 2;
        long ea = d.isReg ? 0 : Ea.of(c, d, 8 * n, false);
        for (int i = 0; i < n; i++) {
            c.xmm(WORK + i, d.isReg ? part(c, d.rm, i) : i == 0 ? Mem.readHead(c, ea, 8 * n) : Mem.read64(c, ea + 8 * i));
        }
    }

    /** First half of the working registers. */
    static final int WORK = 32;
}
