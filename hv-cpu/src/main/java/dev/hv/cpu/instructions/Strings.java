package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * MOVS, STOS and LODS with their repeat prefixes (SDM vol. 2, "REP"). Registers are written after every run of elements, so a
 * fault leaves them at the element it belongs to. Upward runs within a page go straight to memory; everything else (DF set,
 * device registers, watched code, page-crossing elements, segments with limits) goes element by element. After
 * {@link StringOperands#STEP} bytes a repeated instruction yields, so that events get in.
 */
public final class Strings {

    /** From here on the runtime's bulk copy and fill beat a loop. */
    private static final int BULK = 128;

    private Strings() {}

    /** MOVSB, MOVSW, MOVSD, MOVSQ. */
    public static int movs(Cpu c, Insn d) {
        int size = StringOperands.size(d);
        int as = d.addrSize;
        long mask = StringOperands.mask(d);
        int seg = StringOperands.source(d);
        long step = StringOperands.step(c, size);
        long rsi = c.gpr(Cpu.RSI);
        long rdi = c.gpr(Cpu.RDI);
        if (d.rep == 0) {
            long v = Mem.read(c, StringOperands.linear(c, seg, rsi & mask, size, false), size);
            Mem.write(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, true), size, v);
            StringOperands.set(c, Cpu.RSI, rsi + step, as);
            StringOperands.set(c, Cpu.RDI, rdi + step, as);
            return Outcome.NEXT;
        }
        StringOperands.start(c, d, Cpu.RSI, Cpu.RDI);
        long count = c.gpr(Cpu.RCX) & mask;
        boolean runs = StringOperands.flat(c, seg, as) && StringOperands.flat(c, Cpu.ES, as);
        long base = c.segBase(seg);
        long budget = StringOperands.budget(c);
        while (count != 0) {
            if (budget <= 0) {
                return Outcome.YIELD;
            }
            long n = 0;
            if (runs) {
                n = run(c, base + (rsi & mask), rdi & mask, count, budget, step);
            }
            if (n != 0) {
                budget -= n * size;
            } else {
                long v = Mem.read(c, StringOperands.linear(c, seg, rsi & mask, size, false), size);
                Mem.write(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, true), size, v);
                n = 1;
                budget = c.pendingDebug != 0 ? 0 : budget - (runs && room(base + (rsi & mask), rdi & mask, step) != 0 ? size : StringOperands.SLOW);
            }
            rsi += n * step;
            rdi += n * step;
            count -= n;
            StringOperands.set(c, Cpu.RSI, rsi, as);
            StringOperands.set(c, Cpu.RDI, rdi, as);
            StringOperands.set(c, Cpu.RCX, count, as);
        }
        return Outcome.NEXT;
    }

    /** Copies elements as long as both operands stay within their pages; 0 where that is not possible. */
    private static long run(Cpu c, long from, long to, long count, long budget, long step) {
        long room = room(from, to, step);
        if (room == 0) {
            return 0;
        }
        int size = (int) Math.abs(step);
        // the source's raw address outlives the destination's walk, even when both share a TLB entry
        long source = StringOperands.rawRead(c, from, size);
        long destination = StringOperands.rawWrite(c, to, size);
        if (source == 0 || destination == 0) {
            return 0;
        }
        long n = StringOperands.most(count, room, budget, size);
        if (step > 0) {
            copy(source, destination, n * size, size);
        } else {
            copyDown(source - (n - 1) * size, destination - (n - 1) * size, n * size, size);
        }
        return n;
    }

    /** Elements until one of the operands leaves its page. */
    private static long room(long from, long to, long step) {
        return Math.min(StringOperands.room(from, step), StringOperands.room(to, step));
    }

    /** Copies downwards element by element, as far as anyone can tell: a destination below an overlapping source repeats it. */
    private static void copyDown(long from, long to, long bytes, int size) {
        if (to < from && from < to + bytes) {
            for (long i = bytes - size; i >= 0; i -= size) {
                move(from + i, to + i, size);
            }
        } else {
            Raw.copy(from, to, bytes);
        }
    }

    /** Copies upwards element by element, as far as anyone can tell: a destination above an overlapping source repeats it. */
    private static void copy(long from, long to, long bytes, int size) {
        if (to > from && to < from + bytes) {
            for (long i = 0; i < bytes; i += size) {
                move(from + i, to + i, size);
            }
        } else if (bytes >= BULK) {
            Raw.copy(from, to, bytes);
        } else {
            long i = 0;
            for (; i + 8 <= bytes; i += 8) {
                Raw.put64(to + i, Raw.get64(from + i));
            }
            for (; i < bytes; i++) {
                Raw.put8(to + i, Raw.get8(from + i));
            }
        }
    }

    private static void move(long from, long to, int size) {
        switch (size) {
            case 1 -> Raw.put8(to, Raw.get8(from));
            case 2 -> Raw.put16(to, Raw.get16(from));
            case 4 -> Raw.put32(to, Raw.get32(from));
            default -> Raw.put64(to, Raw.get64(from));
        }
    }

    /** STOSB, STOSW, STOSD, STOSQ. */
    public static int stos(Cpu c, Insn d) {
        int size = StringOperands.size(d);
        int as = d.addrSize;
        long mask = StringOperands.mask(d);
        long step = StringOperands.step(c, size);
        long rdi = c.gpr(Cpu.RDI);
        long v = c.gpr(Cpu.RAX);
        if (d.rep == 0) {
            Mem.write(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, true), size, v);
            StringOperands.set(c, Cpu.RDI, rdi + step, as);
            return Outcome.NEXT;
        }
        StringOperands.start(c, d, Cpu.RDI, -1);
        long count = c.gpr(Cpu.RCX) & mask;
        boolean runs = StringOperands.flat(c, Cpu.ES, as);
        long budget = StringOperands.budget(c);
        while (count != 0) {
            if (budget <= 0) {
                return Outcome.YIELD;
            }
            long n = 0;
            if (runs) {
                n = fillRun(c, rdi & mask, count, budget, step, v);
            }
            if (n != 0) {
                budget -= n * size;
            } else {
                Mem.write(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, true), size, v);
                n = 1;
                budget = c.pendingDebug != 0 ? 0 : budget - (runs && StringOperands.room(rdi & mask, step) != 0 ? size : StringOperands.SLOW);
            }
            rdi += n * step;
            count -= n;
            StringOperands.set(c, Cpu.RDI, rdi, as);
            StringOperands.set(c, Cpu.RCX, count, as);
        }
        return Outcome.NEXT;
    }

    private static long fillRun(Cpu c, long to, long count, long budget, long step, long v) {
        int size = (int) Math.abs(step);
        long room = StringOperands.room(to, step);
        long destination = room == 0 ? 0 : StringOperands.rawWrite(c, to, size);
        if (destination == 0) {
            return 0;
        }
        long n = StringOperands.most(count, room, budget, size);
        fill(step > 0 ? destination : destination - (n - 1) * size, n * size, size, v);
        return n;
    }

    private static void fill(long to, long bytes, int size, long v) {
        long pattern = switch (size) {
            case 1 -> (v & 0xFF) * 0x0101010101010101L;
            case 2 -> (v & 0xFFFF) * 0x0001000100010001L;
            case 4 -> (v & 0xFFFFFFFFL) * 0x0000000100000001L;
            default -> v;
        };
        if (bytes >= BULK && pattern == (pattern & 0xFF) * 0x0101010101010101L) {
            Raw.fill(to, bytes, (byte) pattern);
            return;
        }
        long i = 0;
        for (; i + 8 <= bytes; i += 8) {
            Raw.put64(to + i, pattern);
        }
        for (; i < bytes; i++) {
            Raw.put8(to + i, (byte) (pattern >>> 8 * (i & 7)));
        }
    }

    /** LODSB, LODSW, LODSD, LODSQ. */
    public static int lods(Cpu c, Insn d) {
        int size = StringOperands.size(d);
        int as = d.addrSize;
        long mask = StringOperands.mask(d);
        int seg = StringOperands.source(d);
        long step = StringOperands.step(c, size);
        long rsi = c.gpr(Cpu.RSI);
        if (d.rep == 0) {
            load(c, Mem.read(c, StringOperands.linear(c, seg, rsi & mask, size, false), size), size);
            StringOperands.set(c, Cpu.RSI, rsi + step, as);
            return Outcome.NEXT;
        }
        StringOperands.start(c, d, -1, -1);
        long count = c.gpr(Cpu.RCX) & mask;
        long budget = StringOperands.budget(c);
        while (count != 0) {
            if (budget <= 0) {
                return Outcome.YIELD;
            }
            load(c, Mem.read(c, StringOperands.linear(c, seg, rsi & mask, size, false), size), size);
            rsi += step;
            count--;
            budget = c.pendingDebug != 0 ? 0 : budget - StringOperands.SLOW;
            StringOperands.set(c, Cpu.RSI, rsi, as);
            StringOperands.set(c, Cpu.RCX, count, as);
        }
        return Outcome.NEXT;
    }

    /** Loads the accumulator. */
    private static void load(Cpu c, long v, int size) {
        long a = c.gpr(Cpu.RAX);
        c.gpr(Cpu.RAX, switch (size) {
            case 1 -> a & ~0xFFL | v;
            case 2 -> a & ~0xFFFFL | v;
            default -> v;
        });
    }
}
