package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Pages of system memory that a partition's root has deposited for what the hypervisor keeps about that partition. */
public final class PagePool implements Saveable {

    private static final int VERSION = 3;

    private final SystemMemory memory;
    /** Page numbers by which a guest, its parent, and so on, know the pages that it deposited; those of the root are what they are. */
    private final SortedMap<Long, long[]> origins = new TreeMap<>();
    private long[] free = new long[16];
    private int count;
    private long used;
    private int reserved;

    public PagePool(SystemMemory memory) {
        this.memory = memory;
    }

    /** Adds a page. */
    public void deposit(long page) {
        if (count == free.length) {
            free = Arrays.copyOf(free, 2 * count);
        }
        free[count++] = page;
    }

    /**
     * Adds a page of a guest's, which is not mapped any more there, nor in its parent, and so on.
     *
     * @param gpns its page number there, then in the guest's parent, up to the root's child
     */
    public void deposit(long page, long[] gpns) {
        origins.put(page, gpns);
        deposit(page);
    }

    /** The page numbers by which a guest has deposited a page; they are forgotten. Null for a page of the root's. */
    public long[] takeOrigin(long page) {
        return origins.remove(page);
    }

    /** Pages in the pool, those set aside included. */
    public int size() {
        return count;
    }

    /** Sets more pages aside for what must not fail because the pool is empty. */
    public void reserve(int pages) {
        reserved += pages;
    }

    /** Sets fewer pages aside. */
    public void unreserve(int pages) {
        reserved -= pages;
    }

    /** Nothing is set aside any more. */
    public void endReserve() {
        reserved = 0;
    }

    /** Takes a page, zeroed; -1 when the pool has only its reserve. */
    public long take() {
        return available() > 0 ? takeReserved() : -1;
    }

    /** Takes a page, zeroed, from the reserve if need be; -1 when the pool is empty. */
    public long takeReserved() {
        if (count == 0) {
            return -1;
        }
        used++;
        long page = free[--count];
        memory.clearPage(page);
        return page;
    }

    /** Has these pages free and no others, and nothing in use nor set aside, until it is restored. */
    public void lend(long[] pages) {
        free = pages.clone();
        count = pages.length;
        used = 0;
        reserved = 0;
    }

    /** Gives back a page taken. */
    public void release(long page) {
        used--;
        deposit(page);
    }

    /** Removes a free page from the pool; -1 when it has only its reserve. Its contents are wiped. */
    public long withdraw() {
        if (available() == 0) {
            return -1;
        }
        long page = free[--count];
        memory.clearPage(page);
        return page;
    }

    /** Pages free beside the reserve. */
    public int available() {
        return Math.max(count - reserved, 0);
    }

    /** Pages in use. */
    public long used() {
        return used;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("page-pool", VERSION);
        out.put("used", used);
        out.put("reserved", reserved);
        out.put("count", count);
        for (int i = 0; i < count; i++) {
            out.put("free", free[i]);
        }
        out.put("origins-count", origins.size());
        origins.forEach((page, gpns) -> {
            out.put("page", page);
            out.put("gpns-count", gpns.length);
            out.put("gpns", gpns);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("page-pool", VERSION);
        used = in.take();
        reserved = (int) in.take();
        count = (int) in.take();
        free = new long[Math.max(count, 16)];
        for (int i = 0; i < count; i++) {
            free[i] = in.take();
        }
        origins.clear();
        for (long n = in.take(); n > 0; n--) {
            long page = in.take();
            long[] gpns = new long[(int) in.take()];
            in.take(gpns);
            origins.put(page, gpns);
        }
        in.end();
    }
}
