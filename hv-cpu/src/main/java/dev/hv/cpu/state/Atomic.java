package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/**
 * The write of a locked instruction in parallel mode: it takes place only if memory still holds what the instruction read by
 * {@link Mem#modify}; else the instruction begins again. Operands within an aligned doubleword of eight bytes are replaced by one
 * atomic step of the host. Others (split locks) are rare and stop all processors for a moment.
 */
public final class Atomic {

    private Atomic() {}

    /** Replaces {@code expected}, which {@link Mem#modify} read at {@code a}; false when it has changed. */
    public static boolean replace(Cpu c, long a, int size, long expected, long value) {
        long e = Tlb.entry(c, a);
        long raw = a + Raw.get64(e + 16);
        if (Raw.get64(e + 8) == (a + size - 1 & Tlb.PAGE_MASK | c.ctx()) && (raw & 7) + size <= 8) {
            return Raw.compareAndSet(raw, size, expected, value);
        }
        if ((a & 7) + size <= 8) {
            return MemSlow.replacePhysical(c, MemSlow.translate(c, AddressMasking.masked(c, a), Mem.WRITE, c.ctx()), size, expected, value);
        }
        boolean[] done = new boolean[1];
        c.exclusive.accept(() -> {
            if (Mem.modify(c, a, size) == expected) {
                Mem.write(c, a, size, value);
                done[0] = true;
            }
        });
        return done[0];
    }

    /**
     * CMPXCHG16B: replaces sixteen aligned bytes in one step of the host, or where it has none, while all processors are stopped.
     * Loads and stores of sixteen bytes are made of two halves: they are atomic only on processors with AVX (SDM vol. 3A, 9.1.1).
     */
    public static boolean replace(Cpu c, long a, long low, long high, long newLow, long newHigh) {
        if (Raw.hasCompareAndSet128()) {
            long e = Tlb.entry(c, a);
            if (Raw.get64(e + 8) == (a & Tlb.PAGE_MASK | c.ctx())) {
                return Raw.compareAndSet128(a + Raw.get64(e + 16), low, high, newLow, newHigh);
            }
            long p = MemSlow.translate(c, AddressMasking.masked(c, a), Mem.WRITE, c.ctx());
            if (MemSlow.directlyWritable(c, p)) {
                return MemSlow.replacePhysical128(c, p, low, high, newLow, newHigh);
            }
        }
        boolean[] done = new boolean[1];
        c.exclusive.accept(() -> {
            if (Mem.modify(c, a, 8) == low && Mem.modify(c, a + 8, 8) == high) {
                Mem.write128(c, a, newLow, newHigh);
                done[0] = true;
            }
        });
        return done[0];
    }
}
