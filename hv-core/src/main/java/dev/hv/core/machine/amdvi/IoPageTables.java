package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.TranslationCache;

/**
 * I/O page tables (48882, 2.2.3): each entry says what level comes next, so levels can be left out, and pages can have any size from 4 KiB on. Where a device's entry asks for it, a page's
 * entry is told when it is used and when it is written to; of a page of another size than its level's, the one entry that was read.
 */
final class IoPageTables {

    private static final long PRESENT = 1;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;
    /** Above the address: of a page attributes in 60:59, then rights. */
    private static final long RESERVED = 0x7FL << 52;
    private static final long RESERVED_IN_DIRECTORY = 0x1FFL << 52;
    /** Of an entry that processors change at the same time; one in read-only memory is left as it is then. */
    private static final int MOST_TRIES = 100;
    private static final int PAGE = 0;
    private static final int PAGE_OF_ANY_SIZE = 7;

    private final TableMemory memory;
    private final DeviceTable devices;
    private final TranslationCache iotlb;

    IoPageTables(TableMemory memory, DeviceTable devices, TranslationCache iotlb) {
        this.memory = memory;
        this.devices = devices;
        this.iotlb = iotlb;
    }

    /** Where an address of a device leads, by its entry; {@link Iommu#REFUSED} has been logged. */
    long translate(int device, long address, boolean write, long... entry) {
        int domain = DeviceTable.domain(entry);
        TranslationCache.Entry found = iotlb.find(domain, address);
        if (found == null || found.tells(write)) {
            found = walk(device, address, write, entry);
        } else if (!found.allows(write)) {
            fault(device, address, write, EventLog.PRESENT | EventLog.RIGHTS, entry);
            return Iommu.REFUSED;
        }
        return found == null ? Iommu.REFUSED : found.at(address);
    }

    private TranslationCache.Entry fault(int device, long address, boolean write, int flags, long... entry) {
        devices.fault(EventLog.PAGE_FAULT, device, flags | (write ? EventLog.WRITE : 0), address, entry);
        return null;
    }

    private static int shift(int level) {
        return 12 + 9 * (level - 1);
    }

    private TranslationCache.Entry walk(int device, long address, boolean write, long... entry) {
        int level = DeviceTable.levels(entry);
        if (level < DeviceTable.MOST_LEVELS && address >>> shift(level + 1) != 0) {
            return fault(device, address, write, 0, entry);
        }
        long table = entry[0] & AmdViRegisters.ADDRESS;
        long rights = DeviceTable.READ | DeviceTable.WRITE;
        long[] e = new long[1];
        int tries = 0;
        while (true) {
            long at = table + ((address >>> shift(level) & 0x1FF) << 3);
            if (!memory.read(at, e)) {
                devices.fault(EventLog.PAGE_TABLE_ERROR, device, EventLog.NO_MEMORY | (write ? EventLog.WRITE : 0), at, entry);
                return null;
            }
            if ((e[0] & PRESENT) == 0) {
                return fault(device, address, write, 0, entry);
            }
            int next = (int) (e[0] >>> 9) & 7;
            boolean page = next == PAGE || next == PAGE_OF_ANY_SIZE;
            int size = page ? size(level, next, e[0]) : 0;
            if ((e[0] & (page ? RESERVED : RESERVED_IN_DIRECTORY)) != 0 || size < 0 || !page && next >= level) {
                return fault(device, address, write, EventLog.PRESENT | EventLog.RESERVED, entry);
            }
            rights &= e[0];
            if ((rights & (write ? DeviceTable.WRITE : DeviceTable.READ)) == 0) {
                return fault(device, address, write, EventLog.PRESENT | EventLog.RIGHTS, entry);
            }
            if (page) {
                long marks = marks(write, entry);
                if ((e[0] & marks) != marks && !memory.replace(at, e[0], e[0] | marks) && ++tries < MOST_TRIES) {
                    // a processor has changed it meanwhile
                    continue;
                }
                boolean told = (entry[0] & DeviceTable.DIRTY) == 0 || ((e[0] | marks) & DIRTY) != 0;
                int may = (told ? TranslationCache.TOLD : 0) | ((rights & DeviceTable.READ) != 0 ? TranslationCache.READ : 0) | ((rights & DeviceTable.WRITE) != 0 ? TranslationCache.WRITE : 0);
                var found = new TranslationCache.Entry(DeviceTable.domain(entry), size, address & -1L << size, e[0] & AmdViRegisters.ADDRESS & -1L << size, may);
                iotlb.add(found);
                return found;
            }
            if ((address & (1L << shift(level)) - 1) >>> shift(next + 1) != 0) {
                // what a level that is left out would translate must be zero
                return fault(device, address, write, EventLog.PRESENT, entry);
            }
            table = e[0] & AmdViRegisters.ADDRESS;
            level = next;
        }
    }

    /** What a page's entry is to say after a request. */
    private static long marks(boolean write, long... entry) {
        return ((entry[0] & DeviceTable.ACCESSED) != 0 ? ACCESSED : 0) | (write && (entry[0] & DeviceTable.DIRTY) != 0 ? DIRTY : 0);
    }

    /** Logarithm of a page's size; -1 when the entry gives none that its level can have. One of any size has it in its address: ones, then a zero above them. */
    private static int size(int level, int next, long entry) {
        int usual = shift(level);
        if (next == PAGE) {
            return usual;
        }
        int size = 12 + Long.numberOfTrailingZeros(~(entry >>> 12)) + 1;
        return size > usual && size < shift(level + 1) ? size : -1;
    }
}
