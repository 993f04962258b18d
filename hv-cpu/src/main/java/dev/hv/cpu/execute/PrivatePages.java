package dev.hv.cpu.execute;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Memory of another bus, of which every page that is touched becomes a private copy. There is nothing else on it. */
final class PrivatePages implements PhysicalBus {

    /** Pages copied at most: a block of 64 instructions with its tables touches fewer, but for long strings. */
    private static final int MOST = 256;

    private final PhysicalBus behind;
    private final MemorySegment segment = Arena.ofAuto().allocate((long) MOST * Page.SIZE, Page.SIZE);
    private final long memory = segment.address();
    private final Map<Long, Integer> slots = new HashMap<>();
    private final long[] physical = new long[MOST];

    /** Something that is not memory was met, or too much of it. */
    static final class NoMemory extends RuntimeException {

        private static final long serialVersionUID = 1L;

        NoMemory() {
            super(null, null, false, false);
        }
    }

    PrivatePages(PhysicalBus behind) {
        this.behind = behind;
    }

    /** Drops the copies. */
    void forget() {
        slots.clear();
    }

    /** Pages copied. */
    int count() {
        return slots.size();
    }

    /** Hash of the first copies. */
    long hash(int pages) {
        long h = 0;
        for (int i = 0; i < pages; i++) {
            h = EngineCheck.hash(memory + (long) i * Page.SIZE, h);
        }
        return h;
    }

    /** Hash of what these are copies of, as it is now. */
    long hashOfMemory(int pages) {
        long h = 0;
        for (int i = 0; i < pages; i++) {
            h = EngineCheck.hash(behind.pageAddress(physical[i]), h);
        }
        return h;
    }

    @Override
    public long pageAddress(long address) {
        long page = address & -Page.SIZE;
        Integer slot = slots.get(page);
        if (slot == null) {
            long raw = behind.pageAddress(page);
            if (raw == 0) {
                return 0;
            }
            if (slots.size() == MOST) {
                throw new NoMemory();
            }
            slot = slots.size();
            physical[slot] = page;
            slots.put(page, slot);
            Raw.copy(raw, memory + (long) slot * Page.SIZE, Page.SIZE);
        }
        return memory + (long) slot * Page.SIZE;
    }

    @Override
    public int pageRights(long address) {
        return behind.pageRights(address);
    }

    @Override
    public long read(long address, int size) {
        throw new NoMemory();
    }

    @Override
    public void write(long address, int size, long value) {
        throw new NoMemory();
    }

    @Override
    public void watchCode(long address, int lines, CodeWatcher watcher) {}
}
