package dev.hv.core.winhv;

import dev.hv.core.machine.MemoryRange;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The root partition's free memory, in pages: first fit, neighbours merged when freed. Page numbers are of system memory. */
public final class PageFrames implements Saveable {

    private static final int VERSION = 1;

    /** Free runs: first page number to count. */
    private final TreeMap<Long, Long> free = new TreeMap<>();

    /** All of some ranges of memory. */
    public PageFrames(List<MemoryRange> memory) {
        for (MemoryRange r : memory) {
            release(r.base() >>> 12, r.length() >>> 12);
        }
    }

    /** Pages free. */
    public long available() {
        long n = 0;
        for (long count : free.values()) {
            n += count;
        }
        return n;
    }

    /**
     * Takes consecutive pages.
     *
     * @param alignment in pages, a power of two
     * @return the first page number, or -1 when no run is long enough
     */
    public long take(long count, long alignment) {
        for (Map.Entry<Long, Long> run : free.entrySet()) {
            long first = run.getKey();
            long aligned = first + alignment - 1 & -alignment;
            long behind = first + run.getValue() - aligned - count;
            if (behind >= 0) {
                free.remove(first);
                if (aligned > first) {
                    free.put(first, aligned - first);
                }
                if (behind > 0) {
                    free.put(aligned + count, behind);
                }
                return aligned;
            }
        }
        return -1;
    }

    /** Gives pages back. */
    public void release(long first, long count) {
        long start = first;
        long length = count;
        Map.Entry<Long, Long> before = free.floorEntry(start);
        if (before != null && before.getKey() + before.getValue() == start) {
            start = before.getKey();
            length += before.getValue();
        }
        Long behind = free.remove(first + count);
        if (behind != null) {
            length += behind;
        }
        free.put(start, length);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("page-frames", VERSION);
        out.put("free-count", free.size());
        free.forEach((first, count) -> {
            out.put("first", first);
            out.put("count", count);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("page-frames", VERSION);
        free.clear();
        for (long n = in.take(); n > 0; n--) {
            long first = in.take();
            free.put(first, in.take());
        }
        in.end();
    }
}
