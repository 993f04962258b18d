package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
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
 * Pages in which counters are shown: those of a partition to itself or its parent, and those of the machine to a root (HvCallMapStatsPage2). They are pages of whoever asked. They are brought up to date when
 * a page is mapped, when a processor that is shown stops, or starts, on its parent's behalf, and each millisecond in which who looks makes a hypercall, halts or writes to an MSR: instants that
 * its guest brings about, so that they are the same in equal runs.
 */
public final class StatisticsPages implements Saveable {

    private static final int VERSION = 3;
    private static final int MOST = 1024;
    private static final long PERIOD_NANOS = 1_000_000;

    /** Where counters are put. */
    @FunctionalInterface
    interface Page {
        void put(int number, long value);
    }

    /** Whose counters these are. */
    @FunctionalInterface
    interface Source {
        /** Puts the counters of an object, or of {@link #WHOLE}, into a page. */
        void show(int object, Page to);
    }

    /**
     * Whose counters, for whom.
     *
     * @param object processor; {@link #WHOLE} for what they are of
     * @param viewer partition whose page it is
     * @param area of {@link HvStatistics}
     */
    private record Key(int object, long viewer, int area) implements Comparable<Key> {
        @Override
        public int compareTo(Key o) {
            return object != o.object ? Integer.compare(object, o.object) : viewer != o.viewer ? Long.compare(viewer, o.viewer) : Integer.compare(area, o.area);
        }
    }

    /**
     * A page: where it is, and by which number its owner knows it.
     *
     * @param lent it was deposited, and is again afterwards
     */
    private record Shown(long system, long gpn, boolean lent) {}

    /** Not of a processor: of the partition, or the hypervisor, as a whole. */
    public static final int WHOLE = -1;

    private final Partition partition;
    private final SystemMemory memory;
    private final VirtualClock clock;
    private final Source source;
    private final SortedMap<Key, Shown> pages = new TreeMap<>();
    /** How many pages the partition has to look at, here and of its children, and the time from which on they are brought up to date. */
    private int looksAt;
    private long due;

    /**
     * No pages.
     *
     * @param partition it, and its parent, may look
     */
    StatisticsPages(Partition partition, SystemMemory memory, VirtualClock clock, Source source) {
        this.partition = partition;
        this.memory = memory;
        this.clock = clock;
        this.source = source;
    }

    /**
     * Shows counters in a page of a caller's.
     *
     * @param object processor, or {@link #WHOLE}
     * @return OBJECT_IN_USE when the caller has a page of these; INVALID_PARAMETER for a page that is not its own
     */
    public HvStatus map(Caller c, int object, int area, long gpn, PageOwnership ownership) {
        return map(c, object, area, gpn, ownership, false);
    }

    /**
     * Shows counters in a page that a root has deposited for itself, where it was.
     *
     * @return its page number; INSUFFICIENT_MEMORY asks for a deposit
     */
    public HvResult mapDeposited(Caller c, int object, int area, Deposits deposits) {
        if (pages.containsKey(new Key(object, c.partition().id(), area)) || pages.size() == MOST) {
            return HvResult.of(HvStatus.OBJECT_IN_USE);
        }
        HvResult gpn = deposits.show(c.partition(), c.partition().root().deposited());
        HvStatus status = gpn.status().ok() ? map(c, object, area, gpn.value(), deposits.ownership(), true) : gpn.status();
        return status.ok() ? gpn : HvResult.of(status);
    }

    private HvStatus map(Caller c, int object, int area, long gpn, PageOwnership ownership, boolean lent) {
        var key = new Key(object, c.partition().id(), area);
        if (pages.containsKey(key) || pages.size() == MOST) {
            return HvStatus.OBJECT_IN_USE;
        }
        long page = gpn < 0 || gpn >= 1L << Long.SIZE - 1 - 12 ? -1 : c.page(gpn, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        if (page < 0 || !ownership.map(page)) {
            return HvStatus.INVALID_PARAMETER;
        }
        memory.clearPage(page);
        pages.put(key, new Shown(page, gpn, lent));
        viewer(key).statistics().looksAt++;
        show(c.partition(), key);
        return HvStatus.SUCCESS;
    }

    /** Shows them no more. */
    public HvStatus unmap(Caller c, int object, int area, Deposits deposits) {
        var key = new Key(object, c.partition().id(), area);
        Shown page = pages.remove(key);
        if (page == null) {
            return HvStatus.NOT_FOUND;
        }
        end(key, page, deposits.ownership());
        if (page.lent) {
            deposits.hide(c.partition(), c.partition().root().deposited(), page.gpn);
        }
        return HvStatus.SUCCESS;
    }

    private void end(Key key, Shown page, PageOwnership ownership) {
        viewer(key).statistics().looksAt--;
        ownership.unmap(page.system);
    }

    /** A processor is deleted: nothing of it is shown any more. */
    void forget(int vp, PageOwnership ownership) {
        pages.entrySet().removeIf(e -> {
            boolean its = e.getKey().object == vp;
            if (its) {
                end(e.getKey(), e.getValue(), ownership);
            }
            return its;
        });
    }

    /** The partition, or what runs in it, is over: nothing is shown any more. */
    void end(PageOwnership ownership) {
        pages.forEach((key, page) -> end(key, page, ownership));
        pages.clear();
    }

    private Partition viewer(Key key) {
        return key.viewer == partition.id() ? partition : partition.owner();
    }

    /** A processor has stopped, or goes on. */
    void show(int vp) {
        if (pages.isEmpty()) {
            return;
        }
        for (Key key : pages.keySet()) {
            if (key.object == vp || key.object == WHOLE) {
                show(viewer(key), key);
            }
        }
    }

    /** The partition's guest has come to the hypervisor by itself: it may look at its pages next. */
    public void look() {
        if (looksAt == 0 || clock.nanos() < due) {
            return;
        }
        due = clock.nanos() + PERIOD_NANOS;
        showTo(partition);
        for (Partition child : partition.children()) {
            child.statistics().showTo(partition);
        }
        if (partition.root() != null) {
            partition.root().statistics().showTo(partition);
        }
    }

    private void showTo(Partition viewer) {
        for (Key key : pages.keySet()) {
            if (key.viewer == viewer.id()) {
                show(viewer, key);
            }
        }
    }

    private void show(Partition viewer, Key key) {
        Shown page = pages.get(key);
        boolean theirs = viewer.space() == null || viewer.space().translate(page.gpn << 12, HvMapFlags.WRITABLE) == page.system;
        if (theirs) {
            source.show(key.object, (number, value) -> memory.write(page.system + 8L * number, 8, value));
        }
    }

    /** Where they are; what is in them is in memory, which is saved by itself. */
    @Override
    public void save(StateWriter out) {
        out.begin("statistics-pages", VERSION);
        out.put("looks-at", looksAt);
        out.put("due", due);
        out.put("pages-count", pages.size());
        pages.forEach((key, page) -> {
            out.put("object", key.object);
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
        looksAt = (int) in.take();
        due = in.take();
        for (long n = in.take(); n > 0; n--) {
            var key = new Key((int) in.take(), in.take(), (int) in.take());
            pages.put(key, new Shown(in.take(), in.take(), in.takeBoolean()));
        }
        in.end();
    }
}
