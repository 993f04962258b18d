package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;

/** Second-level paging structures in pages of a partition's pool: finding, splitting and merging entries, and the flags in them. */
final class SlatTables {

    /** Entries of a table; pages of a 2 MiB mapping. */
    static final int ENTRIES = 512;
    private static final int TOP = 4;

    private final SystemMemory memory;
    private final SlatFormat format;
    private final PagePool pool;
    private long root;
    /** What {@link #find} found. */
    private long entry;
    private int level;

    /** Structures below a top table. */
    SlatTables(SystemMemory memory, SlatFormat format, PagePool pool, long root) {
        this.memory = memory;
        this.format = format;
        this.pool = pool;
        this.root = root;
    }

    /** Address of the top table. */
    long root() {
        return root;
    }

    void setRoot(long newRoot) {
        root = newRoot;
    }

    /** The entry that was found last. */
    long entry() {
        return entry;
    }

    /** Its level; where nothing was found, the level at which the search ended. */
    int level() {
        return level;
    }

    /** Address of the entry for a page in a table of a level. */
    static long slot(long table, long gpn, int at) {
        return table + (gpn >>> 9 * (at - 1) & ENTRIES - 1) * 8;
    }

    /** Finds the leaf of a page: its address, with {@link #entry} and {@link #level}; -1 when there is none. */
    long find(long gpn) {
        long table = root;
        if (gpn < 0 || gpn >= GuestPhysicalSpace.LIMIT) {
            level = TOP;
            return -1;
        }
        for (level = TOP; ; level--) {
            long where = slot(table, gpn, level);
            entry = memory.read(where, 8);
            if (!format.present(entry)) {
                return -1;
            }
            if (level == 1 || level == 2 && format.large(entry)) {
                return where;
            }
            table = entry & SlatFormat.ADDRESS;
        }
    }

    /** First page behind the hole at {@code g}, as far as the level where the search ended tells. */
    long skip(long g) {
        long span = 1L << 9 * (level - 1);
        return (g | span - 1) + 1;
    }

    /** Puts a table of 4 KiB mappings in the place of a 2 MiB one; false when there is no page (-1) for it. */
    boolean split(long where, long large, long page) {
        if (page < 0) {
            return false;
        }
        long base = large & SlatFormat.ADDRESS;
        for (int i = 0; i < ENTRIES; i++) {
            memory.write(page + 8 * i, 8, format.leaf(base + ((long) i << 12), 1, format.rights(large)));
        }
        memory.write(where, 8, format.table(page, 2));
        return true;
    }

    /**
     * Frees tables on the way to a page that nobody needs any more.
     *
     * @param merge whether what a table splits without need is mapped as 2 MiB again
     */
    void collapse(long gpn, boolean merge) {
        collapse(root, gpn, TOP, merge);
    }

    /** The same from a table on; whether the table is empty now. */
    private boolean collapse(long table, long gpn, int at, boolean merge) {
        long where = slot(table, gpn, at);
        long e = memory.read(where, 8);
        if (at > 1 && format.present(e) && !format.large(e)) {
            long lower = e & SlatFormat.ADDRESS;
            long merged = merge && at == 2 ? merged(lower) : 0;
            if (merged != 0 || collapse(lower, gpn, at - 1, merge)) {
                memory.write(where, 8, merged);
                pool.release(lower);
            }
        }
        return at < 4 && empty(table);
    }

    private boolean empty(long table) {
        for (int i = 0; i < ENTRIES; i++) {
            if (memory.read(table + 8 * i, 8) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The 2 MiB leaf that maps what a table of level 1 maps, or 0. */
    private long merged(long table) {
        long first = plain(memory.read(table, 8));
        if (!format.present(first) || format.device(first) || (first & SlatFormat.ADDRESS) % ((long) ENTRIES << 12) != 0) {
            return 0;
        }
        for (int i = 1; i < ENTRIES; i++) {
            if (plain(memory.read(table + 8 * i, 8)) != first + ((long) i << 12)) {
                return 0;
            }
        }
        return format.leaf(first & SlatFormat.ADDRESS, 2, format.rights(first));
    }

    /** Splits all 2 MiB mappings; false when the pool has no page for another table. */
    boolean splitAll() {
        return splitAll(root, TOP);
    }

    private boolean splitAll(long table, int at) {
        for (int i = 0; i < ENTRIES; i++) {
            long where = table + 8L * i;
            long e = memory.read(where, 8);
            if (!format.present(e)) {
                continue;
            }
            boolean done = at == 2 ? !format.large(e) || split(where, e, pool.take()) : splitAll(e & SlatFormat.ADDRESS, at - 1);
            if (!done) {
                return false;
            }
        }
        return true;
    }

    /** Sees leaves. */
    interface Leaves {
        /**
         * A leaf.
         *
         * @param where address of the entry
         * @param pages that it maps, from {@code gpn} on
         */
        void leaf(long where, long gpn, long entry, int pages);
    }

    /** Shows all leaves, in their order; who sees one may take it away. */
    void each(Leaves visitor) {
        each(visitor, root, 0, TOP);
    }

    private void each(Leaves visitor, long table, long firstGpn, int at) {
        for (int i = 0; i < ENTRIES; i++) {
            long where = table + 8L * i;
            long e = memory.read(where, 8);
            long gpn = firstGpn + ((long) i << 9 * (at - 1));
            if (!format.present(e)) {
                continue;
            }
            if (at == 1 || at == 2 && format.large(e)) {
                visitor.leaf(where, gpn, e, at == 1 ? 1 : ENTRIES);
            } else {
                each(visitor, e & SlatFormat.ADDRESS, gpn, at - 1);
            }
        }
    }

    /** Clears all flags, and maps as 2 MiB again what tables split without need. */
    void mergeAll(OverlayMap overlays) {
        mergeAll(overlays, root, 0, TOP);
    }

    private void mergeAll(OverlayMap overlays, long table, long firstGpn, int at) {
        for (int i = 0; i < ENTRIES; i++) {
            long where = table + 8L * i;
            long e = memory.read(where, 8);
            long gpn = firstGpn + ((long) i << 9 * (at - 1));
            if (at == 1) {
                memory.write(where, 8, plain(e));
            } else if (format.present(e) && !format.large(e)) {
                long lower = e & SlatFormat.ADDRESS;
                mergeAll(overlays, lower, gpn, at - 1);
                long merged = at == 2 && overlays.next(gpn) >= gpn + ENTRIES ? merged(lower) : 0;
                if (merged != 0) {
                    memory.write(where, 8, merged);
                    pool.release(lower);
                }
            }
        }
    }

    /** An entry without what processors note in it. */
    private long plain(long e) {
        return e & ~(format.accessedFlag() | format.dirtyFlag());
    }

    /** Changes flags of an entry that processors change too; the answer is the entry as it was. */
    long change(long where, long clear, long set) {
        while (true) {
            long e = memory.read(where, 8);
            long changed = e & ~clear | set;
            if (e == changed || memory.compareAndSet(where, 8, e, changed)) {
                return e;
            }
        }
    }
}
