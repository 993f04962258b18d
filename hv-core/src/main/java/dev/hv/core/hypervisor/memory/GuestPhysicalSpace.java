package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A partition's guest-physical address space: second-level paging structures in pages of the partition's pool. The structures
 * are the truth; nothing shadows them. Pages are mapped by 2 MiB where position and count allow it.
 */
public final class GuestPhysicalSpace implements GpaView, Saveable {

    private static final int VERSION = 5;
    /** Pages of a 2 MiB mapping. */
    public static final int LARGE_PAGES = SlatTables.ENTRIES;
    /** Guest-physical pages that four levels reach. */
    public static final long LIMIT = 1L << 36;

    private final SystemMemory memory;
    private final SlatFormat format;
    private final PagePool pool;
    private final SlatTables tables;
    private final PageOwnership ownership;
    private final OverlayMap overlays;
    private final SpaceLeaves leaves;
    private DeviceTranslations devices = DeviceTranslations.NONE;
    /** Pages that are mapped without any access: the parent has memory for them, and gives it when it is asked for. */
    private final PageRanges withheld = new PageRanges();
    /** Pages that were deposited, by their places, where they come back. */
    private final SortedMap<Long, Long> away = new TreeMap<>();
    /** Mappings, or rights of them, have gone. */
    private boolean revoked;
    /** Accessed and dirty flags are kept, all mappings are of 4 KiB. */
    private boolean tracked;
    /** What processors have cached may say more than the structures do now. */
    private boolean stale;

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
        tables = new SlatTables(memory, format, pool, root);
        overlays = new OverlayMap(format);
        leaves = new SpaceLeaves(memory, format, tables, overlays);
    }

    /** Says what an IOMMU holds of it. */
    public void devices(DeviceTranslations translations) {
        devices = translations;
    }

    /** The IOMMU forgets what may say more than the structures do now, as processors do. */
    public void forgetDevices() {
        devices.forget();
    }

    /** Address of the top table. */
    public long root() {
        return tables.root();
    }

    /**
     * Maps pages until the count, an error or the end of the pool.
     *
     * @param gpn first guest page number; what was mapped there is not any more
     * @param source first system page number; the root must own the pages, or with {@link HvMapFlags#NOT_CACHED} they are a device's registers
     * @param rights {@link HvMapFlags}
     * @param done receives the pages mapped in element 0, also on an error
     */
    public HvStatus map(long gpn, long source, long count, int rights, long[] done) {
        done[0] = 0;
        while (done[0] < count) {
            long g = gpn + done[0];
            long s = source + done[0];
            boolean large = (rights & HvMapFlags.NOT_CACHED) == 0 && (g | s) % LARGE_PAGES == 0 && count - done[0] >= LARGE_PAGES;
            HvStatus status = !large ? mapOne(g, s, 1, rights) : tracked ? mapSmall(g, s, rights) : mapOne(g, s, 2, rights);
            if (!status.ok()) {
                return status;
            }
            done[0] += large ? LARGE_PAGES : 1;
        }
        return HvStatus.SUCCESS;
    }

    private HvStatus mapOne(long gpn, long source, int leafLevel, int rights) {
        long table = tables.root();
        for (int at = 4; at > leafLevel; at--) {
            long where = SlatTables.slot(table, gpn, at);
            long e = memory.read(where, 8);
            if (!format.present(e)) {
                long page = pool.take();
                if (page < 0) {
                    return HvStatus.INSUFFICIENT_MEMORY;
                }
                e = format.table(page, at);
                memory.write(where, 8, e);
            } else if (at == 2 && format.large(e)) {
                if (!tables.split(where, e, pool.take())) {
                    return HvStatus.INSUFFICIENT_MEMORY;
                }
                e = memory.read(where, 8);
            }
            table = e & SlatFormat.ADDRESS;
        }
        long where = SlatTables.slot(table, gpn, leafLevel);
        long e = memory.read(where, 8);
        if (leafLevel == 2 && format.present(e) && !format.large(e)) {
            return mapSmall(gpn, source, rights);
        }
        int pages = leafLevel == 2 ? LARGE_PAGES : 1;
        boolean covered = leafLevel == 1 && overlays.covers(gpn);
        long before = covered ? overlays.under(gpn) : e;
        boolean device = (rights & HvMapFlags.NOT_CACHED) != 0;
        if (!device && !ownership.map(source << 12, pages)) {
            return HvStatus.ACCESS_DENIED;
        }
        if (!withheld.remove(gpn, pages)) {
            if (!device) {
                ownership.unmap(source << 12, pages);
            }
            return HvStatus.NO_RESOURCES;
        }
        forgetAway(gpn, pages);
        if (format.present(before)) {
            release(before, pages);
            stale = true;
            revoked |= (before & SlatFormat.ADDRESS) != source << 12 || (format.rights(before) & ~rights) != 0;
        }
        long leaf = format.leaf(source << 12, leafLevel, rights);
        if (covered) {
            overlays.setUnder(gpn, leaf);
        } else {
            memory.write(where, 8, leaf);
        }
        return HvStatus.SUCCESS;
    }

    // ---- pages that go away for a while, and what others were given on ---------------------------------------------------

    /** A page is deposited: it is not mapped any more, and comes back by {@link #bringBack} unless something else is done to its place meanwhile. */
    public HvStatus takeAway(long gpn, long page) {
        boolean was = revoked;
        HvStatus status = unmap(gpn, 1);
        revoked = was;
        if (status.ok()) {
            away.put(gpn, page);
        }
        return status;
    }

    /** The counterpart of {@link #takeAway}: NOT_FOUND when its place is another's meanwhile, INSUFFICIENT_MEMORY asks for a deposit. */
    public HvStatus bringBack(long gpn, long page) {
        if (away.getOrDefault(gpn, -1L) != page) {
            return HvStatus.NOT_FOUND;
        }
        HvStatus status = map(gpn, page >>> 12, 1, HvMapFlags.ALL, new long[1]);
        if (!status.ok()) {
            away.put(gpn, page);
        }
        return status;
    }

    private void forgetAway(long gpn, long count) {
        if (!away.isEmpty()) {
            away.subMap(gpn, gpn + count).clear();
        }
    }

    /** Where a page of system memory is mapped, the first place; -1 for nowhere. */
    public long find(long page) {
        return leaves.find(page);
    }

    /** Whether mappings were taken away, or rights of them, since this was last asked: whom the pages were given on to must not have them either. */
    public boolean takeRevoked() {
        boolean was = revoked;
        revoked = false;
        return was;
    }

    /** What is mapped here. */
    public Reach reach() {
        return leaves.reach();
    }

    /** Takes away what the partition that gave it does not have any more; whether there may have been any. Processors are to forget it. */
    public boolean keepWithin(Reach reach) {
        revoked |= leaves.keepWithin(reach, this::release);
        return revoked;
    }

    /**
     * Maps pages without any access: an access is one without the right, not one to no memory. What was mapped there is not any more.
     *
     * @return INSUFFICIENT_MEMORY asks for a deposit; NO_RESOURCES when there are too many runs of such pages
     */
    public HvStatus withhold(long gpn, long count) {
        HvStatus status = unmap(gpn, count);
        return !status.ok() || withheld.add(gpn, count) ? status : HvStatus.NO_RESOURCES;
    }

    /** Whether a page is mapped, with rights or without any. */
    public boolean mapped(long gpn) {
        return withheld.contains(gpn) || tables.find(gpn) >= 0;
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
        long table = tables.root();
        for (int at = 4; at > 1; at--) {
            long where = SlatTables.slot(table, gpn, at);
            long entry = memory.read(where, 8);
            if (at == 2 && format.present(entry) && format.large(entry)) {
                if (!tables.split(where, entry, pool.takeReserved())) {
                    return false;
                }
                entry = memory.read(where, 8);
            } else if (!format.present(entry)) {
                long fresh = pool.takeReserved();
                if (fresh < 0) {
                    return false;
                }
                entry = format.table(fresh, at);
                memory.write(where, 8, entry);
            }
            table = entry & SlatFormat.ADDRESS;
        }
        long where = SlatTables.slot(table, gpn, 1);
        long leaf = format.leaf(page, 1, rights);
        overlays.push(gpn, memory.read(where, 8), leaf);
        memory.write(where, 8, leaf);
        return true;
    }

    /** Takes an overlay away: what it covered appears again, and tables that only it needed go back to the pool. */
    public void uncover(long gpn, long page, int rights) {
        long seen = overlays.remove(gpn, format.leaf(page, 1, rights));
        memory.write(tables.find(gpn), 8, seen);
        if (!overlays.covers(gpn)) {
            tables.collapse(gpn, !tracked);
        }
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

    /** Unmaps pages; those not mapped are skipped. Tables stay until the space is deleted. {@link #takeStale} answers true then. */
    public HvStatus unmap(long gpn, long count) {
        stale = true;
        if (!withheld.remove(gpn, count)) {
            return HvStatus.NO_RESOURCES;
        }
        forgetAway(gpn, count);
        long g = gpn;
        while (g < gpn + count) {
            long where = tables.find(g);
            if (where < 0) {
                g = tables.skip(g);
                continue;
            }
            if (tables.level() == 2) {
                if (g % LARGE_PAGES != 0 || gpn + count - g < LARGE_PAGES) {
                    if (!tables.split(where, tables.entry(), pool.take())) {
                        return HvStatus.INSUFFICIENT_MEMORY;
                    }
                    continue;
                }
                release(tables.entry(), LARGE_PAGES);
                revoked = true;
                memory.write(where, 8, 0);
                g += LARGE_PAGES;
            } else {
                boolean covered = overlays.covers(g);
                long leaf = covered ? overlays.under(g) : tables.entry();
                if (leaf != 0) {
                    release(leaf, 1);
                    revoked = true;
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
            if (tables.find(g) < 0) {
                g = tables.skip(g);
                continue;
            }
            if (format.device(tables.entry())) {
                g++;
                continue;
            }
            long source = tables.entry() & SlatFormat.ADDRESS;
            long pages = 1;
            if (tables.level() == 2) {
                pages = Math.min(gpn + count - g, LARGE_PAGES - g % LARGE_PAGES);
                source = (source & -(LARGE_PAGES << 12)) + (g % LARGE_PAGES << 12);
            }
            if (tables.level() == 2 || !overlays.covers(g)) {
                any |= memory.discard(source, pages);
            }
            g += pages;
        }
        return any;
    }

    private void release(long leaf, int pages) {
        if (!format.device(leaf)) {
            ownership.unmap(leaf & SlatFormat.ADDRESS, pages);
        }
    }

    /** {@inheritDoc} What is translated to be written to counts as written to. A device's registers are no memory, though processors find them. */
    @Override
    public long translate(long gpa, int rights) {
        long where = tables.find(gpa >>> 12);
        if (where < 0 || (format.rights(tables.entry()) & rights) != rights || format.device(tables.entry())) {
            return -1;
        }
        if (tracked && (rights & HvMapFlags.WRITABLE) != 0) {
            tables.change(where, 0, format.accessedFlag() | format.dirtyFlag());
        }
        long mask = tables.level() == 2 ? 0x1F_FFFF : 0xFFF;
        return tables.entry() & SlatFormat.ADDRESS & ~mask | gpa & mask;
    }

    @Override
    public long run(long gpa) {
        long size = tables.level() == 2 ? (long) LARGE_PAGES << 12 : SystemMemory.PAGE;
        return size - (gpa & size - 1);
    }

    // ---- accessed and dirty pages ------------------------------------------------------------------------------------

    /** Whether it is kept which pages are accessed and written to. */
    public boolean tracked() {
        return tracked;
    }

    /**
     * Begins or ends to keep which pages are accessed and written to. Mappings are of 4 KiB meanwhile.
     *
     * @param tell tells whoever runs in this space that {@link #tracked} has changed
     * @return INSUFFICIENT_MEMORY when the pool has no page for a table more; what has been done so far stands
     */
    public HvStatus track(boolean on, Runnable tell) {
        if (on == tracked) {
            return HvStatus.SUCCESS;
        }
        if (on && !tables.splitAll()) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        tracked = on;
        tell.run();
        if (!on) {
            // nobody changes flags any more
            tables.mergeAll(overlays);
            stale = true;
        }
        return HvStatus.SUCCESS;
    }

    /**
     * Whether a page was accessed and written to; its flags are then changed.
     *
     * @param flags {@link HvGpaAccess}: what to clear and set
     * @return {@link HvGpaAccess#ACCESSED} and {@link HvGpaAccess#DIRTY}; 0 where there is no memory of the guest's own
     */
    public int access(long gpn, int flags) {
        long where = tables.find(gpn);
        if (where < 0 || overlays.covers(gpn) || format.device(tables.entry())) {
            return 0;
        }
        long clear = ((flags & HvGpaAccess.CLEAR_ACCESSED) != 0 ? format.accessedFlag() : 0) | ((flags & HvGpaAccess.CLEAR_DIRTY) != 0 ? format.dirtyFlag() : 0);
        long set = ((flags & HvGpaAccess.SET_ACCESSED) != 0 ? format.accessedFlag() : 0) | ((flags & HvGpaAccess.SET_DIRTY) != 0 ? format.dirtyFlag() : 0);
        long before = tables.change(where, clear, set);
        stale |= (before & clear) != 0;
        boolean any = devices.unmarked() && (format.rights(before) & HvMapFlags.WRITABLE) != 0;
        return (any || (before & format.accessedFlag()) != 0 ? HvGpaAccess.ACCESSED : 0) | (any || (before & format.dirtyFlag()) != 0 ? HvGpaAccess.DIRTY : 0);
    }

    /** A device goes, whose writes nothing says of: all that it could write to counts as written to, if that is kept. */
    public void markUnmarked() {
        if (tracked && devices.unmarked()) {
            leaves.markWritable();
        }
    }

    /** Whether processors may have cached more than the structures say since this was last asked: then they must forget it. */
    public boolean takeStale() {
        boolean was = stale;
        stale = false;
        return was;
    }

    /** Ends all mappings and gives all tables back to the pool; the space is unusable then. No overlays may be left. */
    public void delete() {
        devices.end();
        deleteTable(tables.root(), 4);
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
        out.put("root", tables.root());
        out.put("tracked", tracked);
        out.put("away-count", away.size());
        away.forEach((gpn, page) -> {
            out.put("gpn", gpn);
            out.put("page", page);
        });
        withheld.save(out);
        overlays.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("guest-physical-space", VERSION);
        tables.setRoot(in.take());
        tracked = in.takeBoolean();
        away.clear();
        for (long n = in.take(); n > 0; n--) {
            away.put(in.take(), in.take());
        }
        withheld.restore(in);
        overlays.restore(in);
        in.end();
    }
}
