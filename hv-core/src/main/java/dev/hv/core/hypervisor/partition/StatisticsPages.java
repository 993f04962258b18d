package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Pages in which a partition's counters are shown to itself or its parent (HvCallMapStatsPage2): pages of whoever asked. They are brought up to date when one of
 * its processors stops, or starts, on its parent's behalf, and when a page is mapped.
 */
public final class StatisticsPages implements Saveable {

    private static final int VERSION = 2;
    private static final int MOST = 1024;

    /**
     * Whose counters, for whom.
     *
     * @param vp processor; -1 for the partition
     * @param viewer partition whose page it is
     * @param area of {@link HvStatistics}
     */
    private record Key(int vp, long viewer, int area) implements Comparable<Key> {
        @Override
        public int compareTo(Key o) {
            return vp != o.vp ? Integer.compare(vp, o.vp) : viewer != o.viewer ? Long.compare(viewer, o.viewer) : Integer.compare(area, o.area);
        }
    }

    /**
     * A page: where it is, and by which number its owner knows it.
     *
     * @param lent it was deposited, and is again afterwards
     */
    private record Page(long system, long gpn, boolean lent) {}

    /** Of the partition as a whole. */
    public static final int WHOLE = -1;

    private final Partition partition;
    private final SystemMemory memory;
    private final SortedMap<Key, Page> pages = new TreeMap<>();

    StatisticsPages(Partition partition, SystemMemory memory) {
        this.partition = partition;
        this.memory = memory;
    }

    /**
     * Shows counters in a page of a caller's.
     *
     * @param vp processor, or {@link #WHOLE}
     * @return OBJECT_IN_USE when the caller has a page of these; INVALID_PARAMETER for a page that is not its own
     */
    public HvStatus map(Caller c, int vp, int area, long gpn, PageOwnership ownership) {
        return map(c, vp, area, gpn, ownership, false);
    }

    /**
     * Shows counters in a page that a root has deposited for itself, where it was.
     *
     * @return its page number; INSUFFICIENT_MEMORY asks for a deposit
     */
    public HvResult mapDeposited(Caller c, int vp, int area, Deposits deposits) {
        if (pages.containsKey(new Key(vp, c.partition().id(), area)) || pages.size() == MOST) {
            return HvResult.of(HvStatus.OBJECT_IN_USE);
        }
        HvResult gpn = deposits.show(c.partition(), c.partition().root().deposited());
        HvStatus status = gpn.status().ok() ? map(c, vp, area, gpn.value(), deposits.ownership(), true) : gpn.status();
        return status.ok() ? gpn : HvResult.of(status);
    }

    private HvStatus map(Caller c, int vp, int area, long gpn, PageOwnership ownership, boolean lent) {
        var key = new Key(vp, c.partition().id(), area);
        if (pages.containsKey(key) || pages.size() == MOST) {
            return HvStatus.OBJECT_IN_USE;
        }
        long page = gpn < 0 || gpn >= 1L << Long.SIZE - 1 - 12 ? -1 : c.page(gpn, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        if (page < 0 || !ownership.map(page)) {
            return HvStatus.INVALID_PARAMETER;
        }
        memory.clearPage(page);
        pages.put(key, new Page(page, gpn, lent));
        show(c.partition(), key);
        return HvStatus.SUCCESS;
    }

    /** Shows them no more. */
    public HvStatus unmap(Caller c, int vp, int area, Deposits deposits) {
        Page page = pages.remove(new Key(vp, c.partition().id(), area));
        if (page == null) {
            return HvStatus.NOT_FOUND;
        }
        deposits.ownership().unmap(page.system);
        if (page.lent) {
            deposits.hide(c.partition(), c.partition().root().deposited(), page.gpn);
        }
        return HvStatus.SUCCESS;
    }

    /** A processor is deleted: nothing of it is shown any more. */
    void forget(int vp, PageOwnership ownership) {
        pages.entrySet().removeIf(e -> {
            boolean its = e.getKey().vp == vp;
            if (its) {
                ownership.unmap(e.getValue().system);
            }
            return its;
        });
    }

    /** The partition is over. */
    void end(PageOwnership ownership) {
        pages.values().forEach(p -> ownership.unmap(p.system));
        pages.clear();
    }

    /** A processor has stopped, or goes on. */
    void show(int vp) {
        if (pages.isEmpty()) {
            return;
        }
        for (Key key : pages.keySet()) {
            if (key.vp == vp || key.vp == WHOLE) {
                show(key.viewer == partition.id() ? partition : partition.owner(), key);
            }
        }
    }

    private void show(Partition viewer, Key key) {
        Page page = pages.get(key);
        boolean theirs = viewer.space() == null || viewer.space().translate(page.gpn << 12, HvMapFlags.WRITABLE) == page.system;
        if (!theirs) {
            return;
        }
        VirtualProcessor vp = partition.processors().get(key.vp);
        if (vp != null) {
            memory.write(page.system + 8 * HvStatistics.VP_RUNTIME, 8, vp.scheduling().runtimeNanos() / 100);
            memory.write(page.system + 8 * HvStatistics.VP_HYPERCALLS, 8, vp.hypercalls());
        } else {
            memory.write(page.system + 8 * HvStatistics.PARTITION_PROCESSORS, 8, partition.processors().size());
        }
    }

    /** Where they are; what is in them is in memory, which is saved by itself. */
    @Override
    public void save(StateWriter out) {
        out.begin("statistics-pages", VERSION);
        out.put("pages-count", pages.size());
        pages.forEach((key, page) -> {
            out.put("vp", key.vp);
            out.put("viewer", key.viewer);
            out.put("area", key.area);
            out.put("system", page.system);
            out.put("gpn", page.gpn);
            out.put("lent", page.lent);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("statistics-pages", VERSION);
        pages.clear();
        for (long n = in.take(); n > 0; n--) {
            var key = new Key((int) in.take(), in.take(), (int) in.take());
            pages.put(key, new Page(in.take(), in.take(), in.takeBoolean()));
        }
        in.end();
    }
}
