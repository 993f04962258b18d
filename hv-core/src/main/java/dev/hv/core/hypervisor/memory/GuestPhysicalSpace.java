package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * A partition's guest-physical address space: second-level paging structures in pages of the partition's pool. The structures
 * are the truth; nothing shadows them. Pages are mapped by 2 MiB where position and count allow it.
 */
public final class GuestPhysicalSpace implements Saveable {

    private static final int VERSION = 2;
    /** Pages of a 2 MiB mapping. */
    public static final int LARGE_PAGES = 512;
    /** Guest-physical pages that four levels reach. */
    public static final long LIMIT = 1L << 36;

    private final SystemMemory memory;
    private final SlatFormat format;
    private final PagePool pool;
    private final PageOwnership ownership;
    private long root;
    private final OverlayMap overlays;
    /** Entry found by {@link #find} and its level. */
    private long entry;
    private int level;

    /**
     * An empty space.
     *
     * @param root page taken from the pool for the top table
     */
    public GuestPhysicalSpace(SystemMemory memory, SlatFormat format, PagePool pool, PageOwnership ownership, long root) {
        this.memory = memory;
        this.format = format;
        this.pool = pool;
        this.ownership = ownership;
        this.root = root;
        overlays = new OverlayMap(format);
    }

    /** Address of the top table. */
    public long root() {
        return root;
    }

    /**
     * Maps pages until the count, an error or the end of the pool.
     *
     * @param gpn first guest page number; none of the pages may be mapped
     * @param source first system page number; the root must own the pages
     * @param rights {@link HvMapFlags}
     * @param done receives the pages mapped in element 0, also on an error
     */
    public HvStatus map(long gpn, long source, long count, int rights, long[] done) {
        done[0] = 0;
        while (done[0] < count) {
            long g = gpn + done[0];
            long s = source + done[0];
            boolean large = (g | s) % LARGE_PAGES == 0 && count - done[0] >= LARGE_PAGES;
            HvStatus status = large ? mapOne(g, s, 2, rights) : mapOne(g, s, 1, rights);
            if (!status.ok()) {
                return status;
            }
            done[0] += large ? LARGE_PAGES : 1;
        }
        return HvStatus.SUCCESS;
    }

    private HvStatus mapOne(long gpn, long source, int leafLevel, int rights) {
        long table = root;
        for (int at = 4; at > leafLevel; at--) {
            long where = slot(table, gpn, at);
            long e = memory.read(where, 8);
            if (!format.present(e)) {
                long page = pool.take();
                if (page < 0) {
                    return HvStatus.INSUFFICIENT_MEMORY;
                }
                e = format.table(page);
                memory.write(where, 8, e);
            } else if (at == 2 && format.large(e)) {
                return HvStatus.INVALID_PARAMETER;
            }
            table = e & SlatFormat.ADDRESS;
        }
        long where = slot(table, gpn, leafLevel);
        long e = memory.read(where, 8);
        boolean covered = leafLevel == 1 && overlays.covers(gpn);
        if (covered ? overlays.under(gpn) != 0 : format.present(e)) {
            if (leafLevel == 2 && !format.large(e)) {
                return mapSmall(gpn, source, rights);
            }
            return HvStatus.INVALID_PARAMETER;
        }
        int pages = leafLevel == 2 ? LARGE_PAGES : 1;
        for (int i = 0; i < pages; i++) {
            if (!ownership.map(source + i << 12)) {
                while (--i >= 0) {
                    ownership.unmap(source + i << 12);
                }
                return HvStatus.ACCESS_DENIED;
            }
        }
        long leaf = format.leaf(source << 12, leafLevel, rights);
        if (covered) {
            overlays.setUnder(gpn, leaf);
        } else {
            memory.write(where, 8, leaf);
        }
        return HvStatus.SUCCESS;
    }

    /** Overlay pages and where they lie. */
    public OverlayMap overlays() {
        return overlays;
    }

    /**
     * Lays a page of the hypervisor's over a guest page, whether that has memory or not (TLFS, "Overlay pages"). Tables come
     * from the pool's reserve.
     *
     * @param page system address
     * @param rights {@link HvMapFlags}
     * @return false when there is no such guest page or not even the reserve has a page
     */
    public boolean cover(long gpn, long page, int rights) {
        if (gpn < 0 || gpn >= LIMIT) {
            return false;
        }
        long table = root;
        for (int at = 4; at > 1; at--) {
            long where = slot(table, gpn, at);
            entry = memory.read(where, 8);
            if (at == 2 && format.present(entry) && format.large(entry)) {
                if (!split(where, pool.takeReserved())) {
                    return false;
                }
                entry = memory.read(where, 8);
            } else if (!format.present(entry)) {
                long fresh = pool.takeReserved();
                if (fresh < 0) {
                    return false;
                }
                entry = format.table(fresh);
                memory.write(where, 8, entry);
            }
            table = entry & SlatFormat.ADDRESS;
        }
        long where = slot(table, gpn, 1);
        long leaf = format.leaf(page, 1, rights);
        overlays.push(gpn, memory.read(where, 8), leaf);
        memory.write(where, 8, leaf);
        return true;
    }

    /** Takes an overlay away: what it covered appears again, and tables that only it needed go back to the pool. */
    public void uncover(long gpn, long page, int rights) {
        long seen = overlays.remove(gpn, format.leaf(page, 1, rights));
        memory.write(find(gpn), 8, seen);
        if (!overlays.covers(gpn)) {
            collapse(root, gpn, 4);
        }
    }

    /** Frees an empty table on the way to a page, or maps as 2 MiB again what a table splits without need; whether the table is gone. */
    private boolean collapse(long table, long gpn, int at) {
        long where = slot(table, gpn, at);
        long e = memory.read(where, 8);
        if (at > 1 && format.present(e) && !format.large(e)) {
            long lower = e & SlatFormat.ADDRESS;
            long merged = at == 2 ? merged(lower) : 0;
            if (merged != 0 || collapse(lower, gpn, at - 1)) {
                memory.write(where, 8, merged);
                pool.release(lower);
            }
        }
        return at < 4 && empty(table);
    }

    private boolean empty(long table) {
        for (int i = 0; i < LARGE_PAGES; i++) {
            if (memory.read(table + 8 * i, 8) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The 2 MiB leaf that maps what a table of level 1 maps, or 0. */
    private long merged(long table) {
        long first = memory.read(table, 8);
        if (!format.present(first) || (first & SlatFormat.ADDRESS) % ((long) LARGE_PAGES << 12) != 0) {
            return 0;
        }
        for (int i = 1; i < LARGE_PAGES; i++) {
            if (memory.read(table + 8 * i, 8) != first + ((long) i << 12)) {
                return 0;
            }
        }
        return format.leaf(first & SlatFormat.ADDRESS, 2, format.rights(first));
    }

    /** A 2 MiB range that already has a table: all pages or none. */
    private HvStatus mapSmall(long gpn, long source, int rights) {
        for (int i = 0; i < LARGE_PAGES; i++) {
            HvStatus status = mapOne(gpn + i, source + i, 1, rights);
            if (!status.ok()) {
                unmap(gpn, i);
                return status;
            }
        }
        return HvStatus.SUCCESS;
    }

    /** Unmaps pages; those not mapped are skipped. Tables stay until the space is deleted. */
    public HvStatus unmap(long gpn, long count) {
        long g = gpn;
        while (g < gpn + count) {
            long where = find(g);
            if (where < 0) {
                g = skip(g);
                continue;
            }
            if (level == 2) {
                if (g % LARGE_PAGES != 0 || gpn + count - g < LARGE_PAGES) {
                    if (!split(where, pool.take())) {
                        return HvStatus.INSUFFICIENT_MEMORY;
                    }
                    continue;
                }
                release(entry, LARGE_PAGES);
                memory.write(where, 8, 0);
                g += LARGE_PAGES;
            } else {
                boolean covered = overlays.covers(g);
                long leaf = covered ? overlays.under(g) : entry;
                if (leaf != 0) {
                    release(leaf, 1);
                }
                if (covered) {
                    overlays.setUnder(g, 0);
                } else {
                    memory.write(where, 8, 0);
                }
                g++;
            }
        }
        return HvStatus.SUCCESS;
    }

    /**
     * Gives the memory of guest pages back to the host; the guest keeps the pages, which read as zero. Overlay pages stay.
     *
     * @return whether there was any: translations that hold raw addresses must go then
     */
    public boolean discard(long gpn, long count) {
        boolean any = false;
        long g = gpn;
        while (g < gpn + count) {
            if (find(g) < 0) {
                g = skip(g);
                continue;
            }
            long source = entry & SlatFormat.ADDRESS;
            long pages = 1;
            if (level == 2) {
                pages = Math.min(gpn + count - g, LARGE_PAGES - g % LARGE_PAGES);
                source = (source & -(LARGE_PAGES << 12)) + (g % LARGE_PAGES << 12);
            }
            if (level == 2 || !overlays.covers(g)) {
                any |= memory.discard(source, pages);
            }
            g += pages;
        }
        return any;
    }

    /** First page behind the hole at {@code g}, as far as the level where the search ended tells. */
    private long skip(long g) {
        long span = 1L << 9 * (level - 1);
        return (g | span - 1) + 1;
    }

    private boolean split(long where, long page) {
        if (page < 0) {
            return false;
        }
        long base = entry & SlatFormat.ADDRESS;
        for (int i = 0; i < LARGE_PAGES; i++) {
            memory.write(page + 8 * i, 8, format.leaf(base + ((long) i << 12), 1, format.rights(entry)));
        }
        memory.write(where, 8, format.table(page));
        return true;
    }

    private void release(long leaf, int pages) {
        long source = leaf & SlatFormat.ADDRESS;
        for (int i = 0; i < pages; i++) {
            ownership.unmap(source + ((long) i << 12));
        }
    }

    private static long slot(long table, long gpn, int at) {
        return table + (gpn >>> 9 * (at - 1) & 511) * 8;
    }

    /** Finds the leaf of a page: its address, with {@link #entry} and {@link #level}; -1 when there is none. */
    private long find(long gpn) {
        long table = root;
        if (gpn < 0 || gpn >= LIMIT) {
            level = 4;
            return -1;
        }
        for (level = 4; ; level--) {
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

    /**
     * System-physical address of a guest-physical one.
     *
     * @param rights required, {@link HvMapFlags}
     * @return -1 when it is not mapped with these rights
     */
    public long translate(long gpa, int rights) {
        if (find(gpa >>> 12) < 0 || (format.rights(entry) & rights) != rights) {
            return -1;
        }
        long mask = level == 2 ? 0x1F_FFFF : 0xFFF;
        return entry & SlatFormat.ADDRESS & ~mask | gpa & mask;
    }

    /** Ends all mappings and gives all tables back to the pool; the space is unusable then. No overlays may be left. */
    public void delete() {
        deleteTable(root, 4);
    }

    private void deleteTable(long table, int at) {
        for (int i = 0; i < 512; i++) {
            long e = memory.read(table + 8 * i, 8);
            if (!format.present(e)) {
                continue;
            }
            if (at == 1) {
                release(e, 1);
            } else if (at == 2 && format.large(e)) {
                release(e, LARGE_PAGES);
            } else {
                deleteTable(e & SlatFormat.ADDRESS, at - 1);
            }
        }
        pool.release(table);
    }

    /** The paging structures are in memory, which is saved by itself. */
    @Override
    public void save(StateWriter out) {
        out.begin("guest-physical-space", VERSION);
        out.put(root);
        overlays.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("guest-physical-space", VERSION);
        root = in.take();
        overlays.restore(in);
        in.end();
    }
}
