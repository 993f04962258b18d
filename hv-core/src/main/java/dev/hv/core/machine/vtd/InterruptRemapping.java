package dev.hv.core.machine.vtd;

import dev.hv.core.machine.MsiPort;
import dev.hv.core.machine.iommu.EntryCache;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Interrupt remapping (VT-d specification, chapter 5): requests in remappable and compatibility format, the table, its cache, and whose an entry is. */
final class InterruptRemapping implements Saveable {

    private static final int VERSION = 1;
    /** Of a message's address: remappable format, a subhandle is in the data, bit 15 of the handle. */
    private static final int REMAPPABLE = 1 << 4;
    private static final int SUBHANDLE = 1 << 3;
    private static final int HANDLE_HIGH = 1 << 2;
    private static final int INDICES = 1 << 16;
    private static final long EXTENDED = 1 << 11;
    /** Of an entry: present, not to be recorded, logical destination, level; delivery mode 7:5, vector 23:16, destination 63:32. */
    private static final long PRESENT = 1;
    private static final long SILENT = 2;
    private static final long LOGICAL = 4;
    private static final long LEVEL = 16;
    private static final long LOW_RESERVED = 0xFF00_F000L;
    /** Destinations of 8 bits are bits 15:8 of 32. */
    private static final long NARROW_RESERVED = 0xFFFF_00FFL << 32;
    private static final long HIGH_RESERVED = -1L << 20;
    private static final int BY_REQUESTER = 1;
    private static final int BY_BUS = 2;
    /** Function bits that do not matter, by the source-id qualifier. */
    private static final int[] IGNORED = {0, 4, 6, 7};

    private final TableMemory tables;
    private final FaultRecording faults;
    private final LocalApics apics;
    private final MsiPort compatible;
    private final long addressMask;
    private final EntryCache cache = new EntryCache("interrupt-entry-cache", 2);
    private final long[] entry = new long[2];
    private boolean enabled;
    private boolean compatibility;
    /** IRTA as it was latched: address, extended mode 11, size 3:0. */
    private long pointer;

    InterruptRemapping(TableMemory tables, FaultRecording faults, LocalApics apics, int hostBits) {
        this.tables = tables;
        this.faults = faults;
        this.apics = apics;
        compatible = apics.compatible();
        addressMask = (1L << hostBits) - 1 & -Page.SIZE;
    }

    /** GCMD.IRE. */
    void enable(boolean on) {
        enabled = on;
    }

    /** GCMD.CFI: requests in compatibility format pass. */
    void allowCompatibility(boolean on) {
        compatibility = on;
    }

    /** GCMD.SIRTP: this is the table from now on. */
    void table(long irta) {
        pointer = irta;
    }

    /** Whether destinations have 32 bits. */
    boolean extended() {
        return (pointer & EXTENDED) != 0;
    }

    /** A device's request. */
    void request(int requester, long address, int data) {
        if (!enabled) {
            compatible.send(address, data);
        } else if ((address & REMAPPABLE) == 0) {
            if (extended() || !compatibility) {
                faults.interrupt(FaultReason.COMPATIBILITY_BLOCKED, requester, 0, false);
            } else {
                compatible.send(address, data);
            }
        } else {
            remap(requester, (int) address, data);
        }
    }

    private void remap(int requester, int address, int data) {
        boolean subhandle = (address & SUBHANDLE) != 0;
        int handle = address >>> 5 & 0x7FFF | ((address & HANDLE_HIGH) != 0 ? 0x8000 : 0);
        int index = handle + (subhandle ? data & 0xFFFF : 0);
        if (subhandle && data >>> 16 != 0) {
            faults.interrupt(FaultReason.REQUEST_RESERVED, requester, index & INDICES - 1, false);
            return;
        }
        if (index >= 2 << (pointer & 0xF)) {
            faults.interrupt(FaultReason.INDEX_BEYOND, requester, index & INDICES - 1, false);
            return;
        }
        long[] found = cache.find(index);
        if (found == null) {
            FaultReason wrong = read(index);
            if (wrong != null) {
                faults.interrupt(wrong, requester, index, wrong.qualified() && (entry[0] & SILENT) != 0);
                return;
            }
            found = entry.clone();
            cache.add(index, found);
        }
        if (!of(found[1], requester)) {
            faults.interrupt(FaultReason.SOURCE_INVALID, requester, index, (found[0] & SILENT) != 0);
            return;
        }
        boolean wide = extended();
        int destination = (int) (found[0] >>> 32);
        apics.of(wide).deliver(wide ? destination : destination >>> 8 & 0xFF, (found[0] & LOGICAL) != 0, (int) (found[0] >>> 5) & 7, (int) (found[0] >>> 16) & 0xFF,
                (found[0] & LEVEL) != 0);
    }

    /** Reads an entry into {@link #entry}; what is wrong with it, or null. */
    private FaultReason read(int index) {
        if (!tables.read((pointer & addressMask) + ((long) index << 4), entry)) {
            return FaultReason.IRTE_ACCESS;
        }
        if ((entry[0] & PRESENT) == 0) {
            return FaultReason.IRTE_NOT_PRESENT;
        }
        boolean reserved = (entry[0] & LOW_RESERVED) != 0 || (entry[1] & HIGH_RESERVED) != 0 || !extended() && (entry[0] & NARROW_RESERVED) != 0 || entry[1] >>> 18 == 3;
        return reserved ? FaultReason.IRTE_RESERVED : null;
    }

    /** Source validation: whether an entry with this upper word (source 15:0, qualifier 17:16, type 19:18) is a requester's. */
    private static boolean of(long high, int requester) {
        return switch ((int) (high >>> 18) & 3) {
            case BY_REQUESTER -> ((high ^ requester) & 0xFFFF & ~IGNORED[(int) (high >>> 16) & 3]) == 0;
            case BY_BUS -> requester >>> 8 >= (high >>> 8 & 0xFF) && requester >>> 8 <= (high & 0xFF);
            default -> true;
        };
    }

    void forget() {
        cache.clear();
    }

    /** Entries whose indices are this one but for the lowest {@code mask} bits. */
    void forget(int index, int mask) {
        cache.forget(n -> (n ^ index) >>> mask == 0);
    }

    void reset() {
        enabled = false;
        compatibility = false;
        pointer = 0;
        cache.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("interrupt-remapping", VERSION);
        out.put("enabled", enabled);
        out.put("compatibility", compatibility);
        out.put("table", pointer);
        cache.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("interrupt-remapping", VERSION);
        enabled = in.takeBoolean();
        compatibility = in.takeBoolean();
        pointer = in.take();
        cache.restore(in);
        in.end();
    }
}
