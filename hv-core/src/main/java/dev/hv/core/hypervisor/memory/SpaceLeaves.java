package dev.hv.core.hypervisor.memory;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;

/** All that is mapped in a guest-physical space, below overlay pages too: looked at as a whole. */
final class SpaceLeaves {

    /** Ends a mapping. */
    interface Release {
        void release(long leaf, int pages);
    }

    private final SystemMemory memory;
    private final SlatFormat format;
    private final SlatTables tables;
    private final OverlayMap overlays;

    SpaceLeaves(SystemMemory memory, SlatFormat format, SlatTables tables, OverlayMap overlays) {
        this.memory = memory;
        this.format = format;
        this.tables = tables;
        this.overlays = overlays;
    }

    /** The leaf of the guest's own memory; 0 where an overlay page lies on none. */
    private long own(long gpn, long entry, int pages) {
        return pages == 1 && overlays.covers(gpn) ? overlays.under(gpn) : entry;
    }

    /** Where a page of system memory is mapped, the first place; -1 for nowhere. */
    long find(long page) {
        long[] found = {-1};
        tables.each((where, gpn, entry, pages) -> {
            long leaf = own(gpn, entry, pages);
            long first = leaf & SlatFormat.ADDRESS;
            if (found[0] < 0 && format.present(leaf) && page >= first && page < first + ((long) pages << 12)) {
                found[0] = gpn + (page - first >>> 12);
            }
        });
        return found[0];
    }

    /** Marks all that can be written to as written to. */
    void markWritable() {
        tables.each((where, gpn, entry, pages) -> {
            if ((format.rights(entry) & HvMapFlags.WRITABLE) != 0) {
                tables.change(where, 0, format.accessedFlag() | format.dirtyFlag());
            }
        });
    }

    /** All of it. */
    Reach reach() {
        var reach = new Reach();
        tables.each((where, gpn, entry, pages) -> {
            long leaf = own(gpn, entry, pages);
            if (format.present(leaf)) {
                reach.add(leaf & SlatFormat.ADDRESS, pages, format.rights(leaf));
            }
        });
        return reach;
    }

    /** Takes away what is not within a reach; whether there was any. */
    boolean keepWithin(Reach reach, Release release) {
        boolean[] any = new boolean[1];
        tables.each((where, gpn, entry, pages) -> {
            long leaf = own(gpn, entry, pages);
            if (!format.present(leaf) || reach.covers(leaf & SlatFormat.ADDRESS, pages, format.rights(leaf))) {
                return;
            }
            release.release(leaf, pages);
            any[0] = true;
            if (pages == 1 && overlays.covers(gpn)) {
                overlays.setUnder(gpn, 0);
            } else {
                memory.write(where, 8, 0);
            }
        });
        return any[0];
    }
}
