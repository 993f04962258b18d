package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.EntryCache;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The device table (48882, 2.2.2): entries of 256 bits by requester, and their cache. */
final class DeviceTable implements Saveable {

    /** Words of an entry in the cache: the last is not zero when a fault of the device has been logged. */
    static final int WORDS = 5;
    static final int LOGGED = 4;
    static final int MOST_LEVELS = 6;

    /** First word: valid, translation valid, levels 11:9, table 51:12, reads, writes. */
    static final long VALID = 1;
    static final long TRANSLATION_VALID = 2;
    static final long READ = 1L << 61;
    static final long WRITE = 1L << 62;
    /** Accessed bits of the tables' pages are set, and with this one dirty bits too. */
    static final long ACCESSED = 1 << 7;
    static final long DIRTY = 1 << 8;
    /** What this unit has not: page requests, guest translation. */
    private static final long RESERVED = 1L << 63 | 0x1FF0_0000_0000_0000L | 0x7C;
    /** Second word: domain 15:0, after a fault no more are logged, none is, exclusion. */
    static final long SUPPRESS = 1L << 33;
    static final long SUPPRESS_ALL = 1L << 34;
    static final long EXCLUSION = 1L << 39;
    /** Third word: interrupt map valid, size 4:1, ignore unmapped, table 51:6, what passes, control 61:60. */
    static final long INTERRUPTS_VALID = 1;
    static final long IGNORE_UNMAPPED = 1 << 5;
    private static final long INTERRUPTS_RESERVED = 0xFL << 52;
    private static final int MOST_INTERRUPTS = 11;

    private static final int VERSION = 1;
    private static final int ENTRY_SHIFT = 5;

    private final TableMemory memory;
    private final EventLog log;
    private final EntryCache cache = new EntryCache("device-table-cache", WORDS);
    private final long[] entry = new long[4];
    /** Address 51:12, pages - 1 8:0. */
    private long base;

    DeviceTable(TableMemory memory, EventLog log) {
        this.memory = memory;
        this.log = log;
    }

    long base() {
        return base;
    }

    void base(long value) {
        base = value & (AmdViRegisters.ADDRESS | 0x1FF);
    }

    static int domain(long... entry) {
        return (int) entry[1] & 0xFFFF;
    }

    static int levels(long... entry) {
        return (int) (entry[0] >>> 9) & 7;
    }

    /** A device's entry, which can be used; null when it cannot, which has been logged. */
    long[] find(int device, long address, int flags) {
        long[] found = cache.find(device);
        if (found != null) {
            return found;
        }
        long offset = (long) device << ENTRY_SHIFT;
        if (offset >= ((base & 0x1FF) + 1) << 12) {
            log.refuse(EventLog.PAGE_FAULT, device, 0, flags, address, false);
            return null;
        }
        long at = (base & AmdViRegisters.ADDRESS) + offset;
        if (!memory.read(at, entry)) {
            log.refuse(EventLog.DEVICE_TABLE_ERROR, device, 0, flags | EventLog.NO_MEMORY, at, false);
            return null;
        }
        boolean translation = (entry[0] & VALID) != 0 && ((entry[0] & RESERVED) != 0 || (entry[0] & (ACCESSED | DIRTY)) == DIRTY || levels(entry) > MOST_LEVELS);
        boolean interrupts = (entry[2] & INTERRUPTS_VALID) != 0
                && ((entry[2] & INTERRUPTS_RESERVED) != 0 || (entry[2] >>> 1 & 0xF) > MOST_INTERRUPTS || (entry[2] >>> 60 & 3) == 3);
        if (translation || interrupts) {
            log.refuse(EventLog.ILLEGAL_DEVICE_ENTRY, device, 0, flags | EventLog.RESERVED, address, false);
            return null;
        }
        long[] kept = {entry[0], entry[1], entry[2], entry[3], 0};
        cache.add(device, kept);
        return kept;
    }

    /** Logs a fault of a device, as far as its entry lets that be. */
    void fault(int code, int device, int flags, long address, long... e) {
        boolean silent = (e[1] & SUPPRESS_ALL) != 0 || (e[1] & SUPPRESS) != 0 && e[LOGGED] != 0;
        log.refuse(code, device, domain(e), flags, address, silent && (flags & EventLog.INTERRUPT) == 0);
        e[LOGGED] = 1;
    }

    void forget() {
        cache.clear();
    }

    void forget(int device) {
        cache.forget(n -> n == device);
    }

    void reset() {
        base = 0;
        cache.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("device-table", VERSION);
        out.put("base", base);
        cache.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("device-table", VERSION);
        base = in.take();
        cache.restore(in);
        in.end();
    }
}
