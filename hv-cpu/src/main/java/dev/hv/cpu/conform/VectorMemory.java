package dev.hv.cpu.conform;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.snapshot.StateFormatException;
import java.util.HashMap;
import java.util.Map;

/** A small physical memory with page tables that map just what a vector says. */
final class VectorMemory implements PhysicalBus {

    private static final int PAGES = 512;
    private static final long P = 1;
    private static final long W = 2;
    private static final long U = 4;
    private static final long NX = 1L << 63;

    private final long raw = Raw.allocate((long) (PAGES + 1) * Page.SIZE) + Page.SIZE - 1 & -Page.SIZE;
    private final Map<Long, Long> mapped = new HashMap<>();
    private int used;

    /** Forgets all pages; leaves an empty top-level table at physical 0x1000. */
    void clear() {
        Raw.fill(raw, 2 * Page.SIZE, 0);
        mapped.clear();
        used = 2;
    }

    long cr3() {
        return 0x1000;
    }

    /** Maps the page of a linear address, user-accessible, if it is not mapped yet; a second call only adds rights. */
    void map(long linear, boolean writable, boolean executable) {
        long table = cr3();
        for (int level = 4; level > 1; level--) {
            long slot = table + (linear >>> 12 + 9 * (level - 1) & 0x1FF) * 8;
            long entry = Raw.get64(raw + slot);
            if (entry == 0) {
                entry = page() | P | W | U;
                Raw.put64(raw + slot, entry);
            }
            table = entry & 0xFFFFF000L;
        }
        long slot = table + (linear >>> 12 & 0x1FF) * 8;
        long entry = Raw.get64(raw + slot);
        if (entry == 0) {
            entry = page() | P | U | NX;
            mapped.put(linear & ~0xFFFL, entry & 0xFFFFF000L);
        }
        entry |= writable ? W : 0;
        if (executable) {
            entry &= ~NX;
        }
        Raw.put64(raw + slot, entry);
    }

    private long page() {
        if (used == PAGES) {
            throw new StateFormatException("a vector maps too many pages");
        }
        long page = (long) used++ << 12;
        Raw.fill(raw + page, Page.SIZE, 0);
        return page;
    }

    /** Pages mapped: linear to physical. */
    Map<Long, Long> pages() {
        return mapped;
    }

    void poke(long linear, int value) {
        Raw.put8(raw + mapped.get(linear & ~0xFFFL) + (linear & 0xFFF), (byte) value);
    }

    int peek(long linear) {
        return Raw.get8(raw + mapped.get(linear & ~0xFFFL) + (linear & 0xFFF)) & 0xFF;
    }

    @Override
    public long pageAddress(long physical) {
        return physical >>> 12 < PAGES ? raw + (physical & ~0xFFFL) : 0;
    }

    @Override
    public int pageRights(long physical) {
        return READ | WRITE;
    }

    @Override
    public long read(long physical, int size) {
        return -1L >>> 64 - 8 * size;
    }

    @Override
    public void write(long physical, int size, long value) {}

    @Override
    public void watchCode(long physical, int lines, CodeWatcher watcher) {}
}
