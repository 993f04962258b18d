package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * SCAS and CMPS with REPE and REPNE (SDM vol. 2). Registers are written after every run of elements; a fault or an event in the middle leaves
 * the flags of before on Intel's processors, and those of the last element compared on AMD's.
 */
public final class StringCompare {

    private static final int REPE = 0xF3;

    private StringCompare() {}

    private static void compare(Cpu c, long a, long b, int size) {
        switch (size) {
            case 1 -> Alu.cmp8(c, a & 0xFF, b);
            case 2 -> Alu.cmp16(c, a & 0xFFFF, b);
            case 4 -> Alu.cmp32(c, a & 0xFFFFFFFFL, b);
            default -> Alu.cmp64(c, a, b);
        }
    }

    private static long get(long raw, int size) {
        return switch (size) {
            case 1 -> Raw.get8(raw) & 0xFFL;
            case 2 -> Raw.get16(raw) & 0xFFFFL;
            case 4 -> Raw.get32(raw) & 0xFFFFFFFFL;
            default -> Raw.get64(raw);
        };
    }

    /**
     * Elements from the start of a run that a repetition passes for certain, looked at eight bytes at a time; the run's last is never among them.
     *
     * @param other host address of what is compared with, 0 for {@code value}, one element, again and again
     */
    private static long passed(long raw, long other, long value, int size, long most, boolean whileEqual) {
        int each = 8 / size;
        long ones = switch (size) {
            case 1 -> 0x01010101_01010101L;
            case 2 -> 0x00010001_00010001L;
            case 4 -> 0x00000001_00000001L;
            default -> 1;
        };
        long tops = ones << 8 * size - 1;
        long pattern = value * ones;
        long n = 0;
        for (long end = most - 1 - each; n <= end; n += each) {
            long differing = Raw.get64(raw + n * size) ^ (other == 0 ? pattern : Raw.get64(other + n * size));
            // an element that is zero here is an equal one
            if (whileEqual ? differing != 0 : (differing - ones & ~differing & tops) != 0) {
                break;
            }
        }
        return n;
    }

    /** SCASB, SCASW, SCASD, SCASQ. */
    public static int scas(Cpu c, Insn d) {
        int size = StringOperands.size(d);
        int as = d.addrSize;
        long mask = StringOperands.mask(d);
        long step = StringOperands.step(c, size);
        long rdi = c.gpr(Cpu.RDI);
        long a = size == 8 ? c.gpr(Cpu.RAX) : c.gpr(Cpu.RAX) & (1L << 8 * size) - 1;
        if (d.rep == 0) {
            compare(c, a, Mem.read(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, false), size), size);
            StringOperands.set(c, Cpu.RDI, rdi + step, as);
            return Outcome.NEXT;
        }
        boolean whileEqual = d.rep == REPE;
        StringOperands.start(c, d, -1, -1);
        long count = c.gpr(Cpu.RCX) & mask;
        boolean runs = step > 0 && StringOperands.flat(c, Cpu.ES, as);
        long budget = StringOperands.budget(c);
        while (count != 0) {
            if (budget <= 0) {
                return Outcome.YIELD;
            }
            long linear = StringOperands.linear(c, Cpu.ES, rdi & mask, size, false);
            long most = runs ? StringOperands.most(count, StringOperands.room(linear, size), budget, size) : 0;
            long raw = most > 0 ? StringOperands.rawRead(c, linear, size) : 0;
            long n = 1;
            long v;
            if (raw != 0) {
                n += passed(raw, 0, a, size, most, whileEqual);
                v = get(raw + (n - 1) * size, size);
                while (v == a == whileEqual && n < most) {
                    v = get(raw + n * size, size);
                    n++;
                }
                budget -= n * size;
            } else {
                v = Mem.read(c, linear, size);
                budget = c.pendingDebug != 0 ? 0 : budget - StringOperands.SLOW;
            }
            rdi += n * step;
            count -= n;
            StringOperands.set(c, Cpu.RDI, rdi, as);
            StringOperands.set(c, Cpu.RCX, count, as);
            boolean last = v == a != whileEqual;
            if (d.amd || last || count == 0) {
                compare(c, a, v, size);
            }
            if (last) {
                return Outcome.NEXT;
            }
        }
        return Outcome.NEXT;
    }

    /** CMPSB, CMPSW, CMPSD, CMPSQ. */
    public static int cmps(Cpu c, Insn d) {
        int size = StringOperands.size(d);
        int as = d.addrSize;
        long mask = StringOperands.mask(d);
        int seg = StringOperands.source(d);
        long step = StringOperands.step(c, size);
        long rsi = c.gpr(Cpu.RSI);
        long rdi = c.gpr(Cpu.RDI);
        if (d.rep == 0) {
            // processors read the second operand first
            long b = Mem.read(c, StringOperands.linear(c, Cpu.ES, rdi & mask, size, false), size);
            long a = Mem.read(c, StringOperands.linear(c, seg, rsi & mask, size, false), size);
            compare(c, a, b, size);
            StringOperands.set(c, Cpu.RSI, rsi + step, as);
            StringOperands.set(c, Cpu.RDI, rdi + step, as);
            return Outcome.NEXT;
        }
        boolean whileEqual = d.rep == REPE;
        StringOperands.start(c, d, -1, -1);
        long count = c.gpr(Cpu.RCX) & mask;
        boolean runs = step > 0 && StringOperands.flat(c, seg, as) && StringOperands.flat(c, Cpu.ES, as);
        long budget = StringOperands.budget(c);
        while (count != 0) {
            if (budget <= 0) {
                return Outcome.YIELD;
            }
            long to = StringOperands.linear(c, Cpu.ES, rdi & mask, size, false);
            long from = StringOperands.linear(c, seg, rsi & mask, size, false);
            long room = runs ? Math.min(StringOperands.room(from, size), StringOperands.room(to, size)) : 0;
            long most = StringOperands.most(count, room, budget, size);
            long rawTo = most > 0 ? StringOperands.rawRead(c, to, size) : 0;
            long rawFrom = most > 0 ? StringOperands.rawRead(c, from, size) : 0;
            long n = 1;
            long a;
            long b;
            if (rawFrom != 0 && rawTo != 0) {
                n += passed(rawFrom, rawTo, 0, size, most, whileEqual);
                a = get(rawFrom + (n - 1) * size, size);
                b = get(rawTo + (n - 1) * size, size);
                while (a == b == whileEqual && n < most) {
                    a = get(rawFrom + n * size, size);
                    b = get(rawTo + n * size, size);
                    n++;
                }
                budget -= n * size;
            } else {
                b = Mem.read(c, to, size);
                a = Mem.read(c, from, size);
                budget = c.pendingDebug != 0 ? 0 : budget - StringOperands.SLOW;
            }
            rsi += n * step;
            rdi += n * step;
            count -= n;
            StringOperands.set(c, Cpu.RSI, rsi, as);
            StringOperands.set(c, Cpu.RDI, rdi, as);
            StringOperands.set(c, Cpu.RCX, count, as);
            boolean last = a == b != whileEqual;
            if (d.amd || last || count == 0) {
                compare(c, a, b, size);
            }
            if (last) {
                return Outcome.NEXT;
            }
        }
        return Outcome.NEXT;
    }
}
