package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Atomic;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;

/** Moves, exchanges, extensions (SDM vol. 2, the pages of the names). */
public final class Mov {


    private Mov() {}

    /** MOVSX from a byte. */
    public static long extend8(Cpu c, long a) {
        return (byte) a;
    }

    /** MOVSX from a word. */
    public static long extend16(Cpu c, long a) {
        return (short) a;
    }

    /** MOVSXD. */
    public static long extend32(Cpu c, long a) {
        return (int) a;
    }

    /** XCHG: the first operand gets the second's value, and the other way round. */
    public static long xchg(Cpu c, long a, long b) {
        c.scratch = a;
        return b;
    }

    /** XADD on bytes. */
    public static long xadd8(Cpu c, long a, long b) {
        c.scratch = a;
        return Alu.add8(c, a, b);
    }

    /** XADD on words. */
    public static long xadd16(Cpu c, long a, long b) {
        c.scratch = a;
        return Alu.add16(c, a, b);
    }

    /** XADD on doublewords. */
    public static long xadd32(Cpu c, long a, long b) {
        c.scratch = a;
        return Alu.add32(c, a, b);
    }

    /** XADD on quadwords. */
    public static long xadd64(Cpu c, long a, long b) {
        c.scratch = a;
        return Alu.add64(c, a, b);
    }

    /** CMPXCHG on bytes: flags of AL - destination; AL is loaded when they differ. */
    public static long cmpxchg8(Cpu c, long a, long b) {
        long acc = c.gpr(Cpu.RAX);
        Alu.cmp8(c, acc & 0xFF, a);
        if (Flags.zf(c)) {
            return b;
        }
        c.gpr(Cpu.RAX, acc & ~0xFFL | a);
        return a;
    }

    /** CMPXCHG on words. */
    public static long cmpxchg16(Cpu c, long a, long b) {
        long acc = c.gpr(Cpu.RAX);
        Alu.cmp16(c, acc & 0xFFFF, a);
        if (Flags.zf(c)) {
            return b;
        }
        c.gpr(Cpu.RAX, acc & ~0xFFFFL | a);
        return a;
    }

    /** CMPXCHG on doublewords. When equal, EAX keeps its upper half; when not, it is loaded and zero-extended. */
    public static long cmpxchg32(Cpu c, long a, long b) {
        Alu.cmp32(c, c.gpr(Cpu.RAX) & 0xFFFFFFFFL, a);
        if (Flags.zf(c)) {
            return b;
        }
        c.gpr(Cpu.RAX, a);
        return a;
    }

    /** CMPXCHG on quadwords. */
    public static long cmpxchg64(Cpu c, long a, long b) {
        Alu.cmp64(c, c.gpr(Cpu.RAX), a);
        if (Flags.zf(c)) {
            return b;
        }
        c.gpr(Cpu.RAX, a);
        return a;
    }

    /** CMPXCHG with a word register as the destination. */
    public static void cmpxchgRegister16(Cpu c, int reg, long b) {
        long v = cmpxchg16(c, c.gpr(reg) & 0xFFFF, b);
        c.gpr(reg, c.gpr(reg) & ~0xFFFFL | v);
    }

    /** CMPXCHG with a doubleword register as the destination: it keeps its upper half when the comparison fails. */
    public static void cmpxchgRegister32(Cpu c, int reg, long b) {
        long v = cmpxchg32(c, c.gpr(reg) & 0xFFFFFFFFL, b);
        if (Flags.zf(c)) {
            c.gpr(reg, v);
        }
    }

    /** CMPXCHG with a quadword register as the destination. */
    public static void cmpxchgRegister64(Cpu c, int reg, long b) {
        c.gpr(reg, cmpxchg64(c, c.gpr(reg), b));
    }

    /** CMPXCHG8B and CMPXCHG16B. */
    public static int cmpxchg8b(Cpu c, Insn d) {
        if (d.opSize == 64 && !c.model.has(Feature.CX16)) {
            throw c.ud();
        }
        boolean wide = (d.rex & 8) != 0;
        int half = wide ? 8 : 4;
        long ea = Ea.of(c, d, 2 * half, true);
        if (wide && (ea & 15) != 0) {
            throw c.gp();
        }
        Mem.probeWrite(c, ea, 2 * half);
        if (d.parallel && d.lock) {
            return lockedCmpxchg8b(c, ea, wide);
        }
        long low = Mem.read(c, ea, half);
        long high = Mem.read(c, ea + half, half);
        long m = wide ? -1 : 0xFFFFFFFFL;
        boolean equal = low == (c.gpr(Cpu.RAX) & m) && high == (c.gpr(Cpu.RDX) & m);
        if (equal) {
            Mem.write(c, ea, half, c.gpr(Cpu.RBX));
            Mem.write(c, ea + half, half, c.gpr(Cpu.RCX));
        } else {
            Mem.write(c, ea, half, low);
            Mem.write(c, ea + half, half, high);
            c.gpr(Cpu.RAX, low);
            c.gpr(Cpu.RDX, high);
        }
        Flags.setZf(c, equal);
        return Outcome.NEXT;
    }

    private static int lockedCmpxchg8b(Cpu c, long ea, boolean wide) {
        int half = wide ? 8 : 4;
        long m = wide ? -1 : 0xFFFFFFFFL;
        while (true) {
            long pair = wide ? 0 : Mem.read64(c, ea);
            long low = wide ? Mem.read64(c, ea) : pair & m;
            long high = wide ? Mem.read64(c, ea + half) : pair >>> 32;
            boolean equal = low == (c.gpr(Cpu.RAX) & m) && high == (c.gpr(Cpu.RDX) & m);
            long newLow = equal ? c.gpr(Cpu.RBX) & m : low;
            long newHigh = equal ? c.gpr(Cpu.RCX) & m : high;
            if (wide ? !Atomic.replace(c, ea, low, high, newLow, newHigh) : !Atomic.replace(c, ea, 8, pair, newLow | newHigh << 32)) {
                continue;
            }
            if (!equal) {
                c.gpr(Cpu.RAX, low);
                c.gpr(Cpu.RDX, high);
            }
            Flags.setZf(c, equal);
            return Outcome.NEXT;
        }
    }

    /** CMOVcc. */
    public static long cmov(Cpu c, long a, long b, boolean condition) {
        return condition ? b : a;
    }

    /** SETcc. */
    public static long set(Cpu c, boolean condition) {
        return condition ? 1 : 0;
    }

    /** BSWAP of 16 bits: undefined, zero as processors do. */
    public static long bswap16(Cpu c, long a) {
        return 0;
    }

    /** BSWAP of 32 bits. */
    public static long bswap32(Cpu c, long a) {
        return Integer.reverseBytes((int) a);
    }

    /** BSWAP of 64 bits. */
    public static long bswap64(Cpu c, long a) {
        return Long.reverseBytes(a);
    }

    /** MOVBE on words. */
    public static long swap16(Cpu c, long a) {
        return Short.reverseBytes((short) a);
    }

    /** MOVBE on doublewords. */
    public static long swap32(Cpu c, long a) {
        return Integer.reverseBytes((int) a);
    }

    /** MOVBE on quadwords. */
    public static long swap64(Cpu c, long a) {
        return Long.reverseBytes(a);
    }

    /** 90: NOP, or XCHG R8 with the accumulator under REX.B. */
    public static int nop(Cpu c, Insn d) {
        if ((d.rex & 1) != 0) {
            long a = c.gpr(Cpu.RAX);
            long b = c.gpr(8);
            switch (d.opSize) {
                case 64 -> {
                    c.gpr(Cpu.RAX, b);
                    c.gpr(8, a);
                }
                case 32 -> {
                    c.gpr(Cpu.RAX, b & 0xFFFFFFFFL);
                    c.gpr(8, a & 0xFFFFFFFFL);
                }
                default -> {
                    c.gpr(Cpu.RAX, a & ~0xFFFFL | b & 0xFFFF);
                    c.gpr(8, b & ~0xFFFFL | a & 0xFFFF);
                }
            }
        }
        return Outcome.NEXT;
    }

    /** F3 90: PAUSE, which ends the block, so that the machine may turn to another processor; under REX.B AMD's processors do as without the prefix. */
    public static int pause(Cpu c, Insn d) {
        if (d.amd && (d.rex & 1) != 0) {
            return nop(c, d);
        }
        if (c.guest != null && c.guest.instruction(c, Intercept.PAUSE, d)) {
            return Outcome.EXIT;
        }
        return Outcome.NEXT;
    }

    /** Hints that do nothing here: PREFETCH, multi-byte NOP, ENDBR. */
    public static int hint(Cpu c) {
        return Outcome.NEXT;
    }

    /** PREFETCHW of a register, which Intel's processors take for a hint. */
    public static int registerHint(Cpu c, Insn d) {
        if (d.amd) {
            throw c.ud();
        }
        return Outcome.NEXT;
    }

    /** CBW. */
    public static long cbw16(Cpu c, long a) {
        return (byte) a;
    }

    /** CWDE. */
    public static long cbw32(Cpu c, long a) {
        return (short) a;
    }

    /** CDQE. */
    public static long cbw64(Cpu c, long a) {
        return (int) a;
    }

    /** CWD. */
    public static void cwd16(Cpu c, long a) {
        c.gpr(Cpu.RDX, c.gpr(Cpu.RDX) & ~0xFFFFL | (short) a >> 15 & 0xFFFF);
    }

    /** CDQ. */
    public static void cwd32(Cpu c, long a) {
        c.gpr(Cpu.RDX, (int) a >> 31 & 0xFFFFFFFFL);
    }

    /** CQO. */
    public static void cwd64(Cpu c, long a) {
        c.gpr(Cpu.RDX, a >> 63);
    }

    /** XLAT. */
    public static int xlat(Cpu c, Insn d) {
        long offset = c.gpr(Cpu.RBX) + (c.gpr(Cpu.RAX) & 0xFF);
        offset = d.addrSize == 16 ? offset & 0xFFFF : d.addrSize == 32 ? offset & 0xFFFFFFFFL : offset;
        long a = SegmentAccess.linear(c, d.segOverride >= 0 ? d.segOverride : Cpu.DS, offset, 1, false);
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFL | Mem.read8(c, a));
        return Outcome.NEXT;
    }

    /** SALC (undocumented): AL = CF ? FF : 0. */
    public static int salc(Cpu c, Insn d) {
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFL | (Flags.cf(c) ? 0xFF : 0));
        return Outcome.NEXT;
    }
}
