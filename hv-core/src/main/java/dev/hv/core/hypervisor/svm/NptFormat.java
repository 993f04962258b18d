package dev.hv.core.hypervisor.svm;

import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.tlfs.HvMapFlags;

/**
 * Nested page-table entries, which are those of long mode with every page a user's (APM vol. 2, 15.25). What they leave to software holds what the IOMMU needs: the level that
 * comes next, and the rights of devices (AMD I/O Virtualization Technology Specification, 48882, 2.2.3), so both walk the same tables.
 */
public final class NptFormat implements SlatFormat {

    private static final long PRESENT = 1;
    private static final long WRITE = 1 << 1;
    private static final long USER = 1 << 2;
    /** PWT and PCD: entry 3 of the PAT, which is uncacheable after reset. */
    private static final long NOT_CACHED = 3 << 3;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;
    private static final long LARGE = 1 << 7;
    private static final int NEXT_LEVEL = 9;
    private static final long DEVICE_READ = 1L << 61;
    private static final long DEVICE_WRITE = 1L << 62;
    private static final long NO_EXECUTE = 1L << 63;

    @Override
    public long table(long address, int level) {
        return address | PRESENT | WRITE | USER | (long) (level - 1) << NEXT_LEVEL | DEVICE_READ | DEVICE_WRITE;
    }

    /** What may be written or executed can be read too: nested paging has no other pages. */
    @Override
    public long leaf(long address, int level, int rights) {
        if ((rights & (HvMapFlags.READABLE | HvMapFlags.WRITABLE | HvMapFlags.EXECUTABLE)) == 0) {
            return address;
        }
        return address | PRESENT | USER | ((rights & HvMapFlags.NOT_CACHED) != 0 ? NOT_CACHED : 0) | DEVICE_READ | (level == 2 ? LARGE : 0) | ((rights & HvMapFlags.WRITABLE) != 0 ? WRITE | DEVICE_WRITE : 0)
                | ((rights & HvMapFlags.EXECUTABLE) != 0 ? 0 : NO_EXECUTE);
    }

    @Override
    public boolean present(long entry) {
        return (entry & PRESENT) != 0;
    }

    @Override
    public boolean device(long entry) {
        return present(entry) && (entry & NOT_CACHED) != 0;
    }

    @Override
    public boolean large(long entry) {
        return (entry & LARGE) != 0;
    }

    @Override
    public long accessedFlag() {
        return ACCESSED;
    }

    @Override
    public long dirtyFlag() {
        return DIRTY;
    }

    @Override
    public int rights(long entry) {
        return (entry & PRESENT) == 0 ? 0
                : HvMapFlags.READABLE | ((entry & WRITE) != 0 ? HvMapFlags.WRITABLE : 0) | ((entry & NO_EXECUTE) == 0 ? HvMapFlags.EXECUTABLE : 0);
    }
}
