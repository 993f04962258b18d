package dev.hv.core.hypervisor.memory;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A set of page numbers as runs: large runs cost as little as small ones. */
final class PageRanges implements Saveable {

    private static final int VERSION = 1;
    /** Runs at most: what a guest may have the host keep. */
    private static final int MOST = 1 << 16;

    /** By first page: the page behind the last one. No two touch. */
    private final NavigableMap<Long, Long> runs = new TreeMap<>();

    /** Whether a page is in. */
    boolean contains(long page) {
        if (runs.isEmpty()) {
            return false;
        }
        Map.Entry<Long, Long> run = runs.floorEntry(page);
        return run != null && run.getValue() > page;
    }

    /** Adds a run; false, and nothing is added, when there would be too many. */
    boolean add(long first, long count) {
        if (runs.size() >= MOST) {
            return false;
        }
        long from = first;
        long to = first + count;
        Map.Entry<Long, Long> run = runs.floorEntry(to);
        while (run != null && run.getValue() >= from) {
            from = Math.min(from, run.getKey());
            to = Math.max(to, run.getValue());
            runs.remove(run.getKey());
            run = runs.floorEntry(to);
        }
        runs.put(from, to);
        return true;
    }

    /** Takes a run out, as far as it is in; false, and nothing is taken out, when too many would be left. */
    boolean remove(long first, long count) {
        long end = first + count;
        Map.Entry<Long, Long> run = runs.lowerEntry(end);
        if (run != null && run.getKey() < first && run.getValue() > end && runs.size() >= MOST) {
            return false;
        }
        while (run != null && run.getValue() > first) {
            runs.remove(run.getKey());
            if (run.getKey() < first) {
                runs.put(run.getKey(), first);
            }
            if (run.getValue() > end) {
                runs.put(end, run.getValue());
            }
            run = runs.lowerEntry(end);
        }
        return true;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("page-ranges", VERSION);
        out.put("runs-count", runs.size());
        runs.forEach((from, to) -> {
            out.put("first", from);
            out.put("end", to);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("page-ranges", VERSION);
        runs.clear();
        for (long n = in.take(); n > 0; n--) {
            runs.put(in.take(), in.take());
        }
        in.end();
    }
}
