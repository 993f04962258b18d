package dev.hv.core.machine.amdvi;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The registers of a ring of entries of 128 bits in memory (48882, 2.4 and 2.5): commands, or events. */
abstract class EntryRing {

    static final int ENTRY = 16;
    private static final long OFFSET = 0x7_FFF0;
    private static final int SMALLEST = 8;

    private boolean runs;
    private long base;
    private long head;
    private long tail;

    final boolean runs() {
        return runs;
    }

    /** It begins or ends to be used. */
    void run(boolean on) {
        runs = on;
    }

    final long base() {
        return base;
    }

    /** Where it lies (51:12), and how many entries it has, as their logarithm (59:56); it is empty. */
    final void base(long value) {
        base = value & (AmdViRegisters.ADDRESS | 0xFL << 56);
        head = 0;
        tail = 0;
    }

    final long head() {
        return head;
    }

    final void head(long value) {
        head = value & OFFSET;
    }

    final long tail() {
        return tail;
    }

    void tail(long value) {
        tail = value & OFFSET;
    }

    /** An offset within the ring. */
    final long within(long offset) {
        return offset & (ENTRY << Math.max(SMALLEST, (int) (base >>> 56))) - 1;
    }

    /** Where an entry is in memory. */
    final long at(long offset) {
        return (base & AmdViRegisters.ADDRESS) + offset;
    }

    void reset() {
        runs = false;
        base = 0;
        head = 0;
        tail = 0;
    }

    final void saveRing(StateWriter out) {
        out.put("runs", runs);
        out.put("base", base);
        out.put("head", head);
        out.put("tail", tail);
    }

    final void restoreRing(StateReader in) {
        runs = in.takeBoolean();
        base = in.take();
        head = in.take();
        tail = in.take();
    }
}
