package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Atomic;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * Bit tests (SDM vol. 2, "BT", "BTS", "BTR", "BTC"): CF is the bit, the other flags stay. The bit number is taken modulo
 * the operand size, except for memory operands with the number in a register: there it is signed and selects the element too.
 */
public final class Bits {

    private Bits() {}

    /** BT on words. */
    public static void bt16(Cpu c, long a, long bit) {
        Flags.setCf(c, (a >>> (bit & 15) & 1) != 0);
    }

    /** BTS on words. */
    public static long bts16(Cpu c, long a, long bit) {
        bt16(c, a, bit);
        return a | 1L << (bit & 15);
    }

    /** BTR on words. */
    public static long btr16(Cpu c, long a, long bit) {
        bt16(c, a, bit);
        return a & ~(1L << (bit & 15));
    }

    /** BTC on words. */
    public static long btc16(Cpu c, long a, long bit) {
        bt16(c, a, bit);
        return a ^ 1L << (bit & 15);
    }

    /** BT on doublewords. */
    public static void bt32(Cpu c, long a, long bit) {
        Flags.setCf(c, (a >>> (bit & 31) & 1) != 0);
    }

    /** BTS on doublewords. */
    public static long bts32(Cpu c, long a, long bit) {
        bt32(c, a, bit);
        return a | 1L << (bit & 31);
    }

    /** BTR on doublewords. */
    public static long btr32(Cpu c, long a, long bit) {
        bt32(c, a, bit);
        return a & ~(1L << (bit & 31));
    }

    /** BTC on doublewords. */
    public static long btc32(Cpu c, long a, long bit) {
        bt32(c, a, bit);
        return a ^ 1L << (bit & 31);
    }

    /** BT on quadwords. */
    public static void bt64(Cpu c, long a, long bit) {
        Flags.setCf(c, (a >>> (bit & 63) & 1) != 0);
    }

    /** BTS on quadwords. */
    public static long bts64(Cpu c, long a, long bit) {
        bt64(c, a, bit);
        return a | 1L << (bit & 63);
    }

    /** BTR on quadwords. */
    public static long btr64(Cpu c, long a, long bit) {
        bt64(c, a, bit);
        return a & ~(1L << (bit & 63));
    }

    /** BTC on quadwords. */
    public static long btc64(Cpu c, long a, long bit) {
        bt64(c, a, bit);
        return a ^ 1L << (bit & 63);
    }

    /** Linear address of the element that a bit number in a register selects. */
    private static long element(Cpu c, Insn d, boolean write) {
        long number = c.gpr(d.reg);
        return switch (d.opSize) {
            case 16 -> Ea.of(c, d, ((short) number >> 4) * 2L, 2, write);
            case 32 -> Ea.of(c, d, ((int) number >> 5) * 4L, 4, write);
            default -> Ea.of(c, d, (number >> 6) * 8L, 8, write);
        };
    }

    /** BT with a memory operand and the bit number in a register. */
    public static int btMemory(Cpu c, Insn d) {
        long v = Mem.read(c, element(c, d, false), d.opSize / 8);
        Flags.setCf(c, (v >>> (c.gpr(d.reg) & d.opSize - 1) & 1) != 0);
        return Outcome.NEXT;
    }

    /** Writes an element; false when a locked instruction must begin again. */
    private static boolean store(Cpu c, Insn d, long a, long old, long v) {
        if (d.parallel && d.lock) {
            return Atomic.replace(c, a, d.opSize / 8, old, d.opSize == 64 ? v : v & -1L >>> 64 - d.opSize);
        }
        Mem.write(c, a, d.opSize / 8, v);
        return true;
    }

    /** BTS with a memory operand and the bit number in a register. */
    public static int btsMemory(Cpu c, Insn d) {
        long a = element(c, d, true);
        long bit = 1L << (c.gpr(d.reg) & d.opSize - 1);
        long v;
        do {
            v = Mem.modify(c, a, d.opSize / 8);
        } while (!store(c, d, a, v, v | bit));
        Flags.setCf(c, (v & bit) != 0);
        return Outcome.NEXT;
    }

    /** BTR with a memory operand and the bit number in a register. */
    public static int btrMemory(Cpu c, Insn d) {
        long a = element(c, d, true);
        long bit = 1L << (c.gpr(d.reg) & d.opSize - 1);
        long v;
        do {
            v = Mem.modify(c, a, d.opSize / 8);
        } while (!store(c, d, a, v, v & ~bit));
        Flags.setCf(c, (v & bit) != 0);
        return Outcome.NEXT;
    }

    /** BTC with a memory operand and the bit number in a register. */
    public static int btcMemory(Cpu c, Insn d) {
        long a = element(c, d, true);
        long bit = 1L << (c.gpr(d.reg) & d.opSize - 1);
        long v;
        do {
            v = Mem.modify(c, a, d.opSize / 8);
        } while (!store(c, d, a, v, v ^ bit));
        Flags.setCf(c, (v & bit) != 0);
        return Outcome.NEXT;
    }
}
