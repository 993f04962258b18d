package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.MsiPort;
import dev.hv.core.machine.iommu.EntryCache;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Interrupt remapping (48882, 2.2.5): a table for each device, of entries of 32 or 128 bits; the message's data, 10:0, are the index. */
final class InterruptTables implements Saveable {

    private static final int VERSION = 1;
    private static final int LEVEL = 1 << 15;
    private static final int INDEX = 0x7FF;
    private static final long TABLE = 0x000F_FFFF_FFFF_FFC0L;
    /** Of a device's entry: what passes as it is. */
    private static final int INIT_PASSES = 56;
    private static final int EXTERNAL_PASSES = 57;
    private static final int NMI_PASSES = 58;
    private static final int FORWARD = 1;
    private static final int REMAP = 2;
    /** Of an interrupt's entry: enabled, faults are not logged, type 4:2, logical destination, for a guest. */
    private static final long ENABLED = 1;
    private static final long SILENT = 2;
    private static final long LOGICAL = 1 << 6;
    private static final long GUEST = 1 << 7;

    private final TableMemory memory;
    private final DeviceTable devices;
    private final LocalApics apics;
    private final MsiPort compatible;
    private final EntryCache cache = new EntryCache("interrupt-table-cache", 2);

    InterruptTables(TableMemory memory, DeviceTable devices, LocalApics apics) {
        this.memory = memory;
        this.devices = devices;
        this.apics = apics;
        compatible = apics.compatible();
    }

    /** Where messages go that pass. */
    MsiPort compatible() {
        return compatible;
    }

    /**
     * A device's message.
     *
     * @param wideEntries entries have 128 bits
     * @param wide destinations have 32
     */
    void request(int device, long address, int data, boolean wideEntries, boolean wide) {
        long[] e = devices.find(device, address, EventLog.INTERRUPT);
        if (e == null) {
            return;
        }
        if ((e[2] & DeviceTable.INTERRUPTS_VALID) == 0) {
            compatible.send(address, data);
            return;
        }
        int control = (int) (e[2] >>> 60) & 3;
        boolean passes = switch (data >>> 8 & 7) {
            case 0, 1 -> control == FORWARD;
            case 4 -> (e[2] >>> NMI_PASSES & 1) != 0;
            case 5 -> (e[2] >>> INIT_PASSES & 1) != 0;
            case 7 -> (e[2] >>> EXTERNAL_PASSES & 1) != 0;
            default -> false;
        };
        if (passes) {
            compatible.send(address, data);
        } else if ((data >>> 8 & 7) <= 1 && control == REMAP) {
            remap(device, address, data, wideEntries, wide, e);
        } else {
            fault(device, address, 0, false, e);
        }
    }

    private void fault(int device, long address, int flags, boolean silent, long... e) {
        if (!silent && (e[2] & DeviceTable.IGNORE_UNMAPPED) == 0) {
            devices.fault(EventLog.PAGE_FAULT, device, EventLog.INTERRUPT | flags, address, e);
        }
    }

    private void remap(int device, long address, int data, boolean wideEntries, boolean wide, long... e) {
        int index = data & INDEX;
        if (index >= 1 << (e[2] >>> 1 & 0xF)) {
            fault(device, address, 0, false, e);
            return;
        }
        long number = (long) device << 11 | index;
        long[] found = cache.find(number);
        if (found == null) {
            found = new long[2];
            long table = e[2] & TABLE;
            long at = table + (wideEntries ? index << 4 : index << 2 & ~7);
            if (!(wideEntries ? memory.read(at, found) : narrow(at, index, found))) {
                devices.fault(EventLog.PAGE_TABLE_ERROR, device, EventLog.INTERRUPT | EventLog.NO_MEMORY, at, e);
                return;
            }
            boolean silent = (found[0] & SILENT) != 0;
            if ((found[0] & ENABLED) == 0) {
                fault(device, address, 0, silent, e);
                return;
            }
            if ((found[0] & GUEST) != 0 || (found[0] >>> 2 & 7) > 1) {
                fault(device, address, EventLog.PRESENT | EventLog.RESERVED, silent, e);
                return;
            }
            cache.add(number, found);
        }
        int destination = wide ? (int) (found[0] >>> 8) & 0xFF_FFFF | (int) (found[1] >>> 56) << 24 : (int) (found[0] >>> 8) & 0xFF;
        apics.of(wide).deliver(destination, (found[0] & LOGICAL) != 0, (int) (found[0] >>> 2) & 7, (int) found[1] & 0xFF, (data & LEVEL) != 0);
    }

    /** Reads an entry of 32 bits, as one of 128: its vector, 23:16, is the second word there. */
    private boolean narrow(long at, int index, long... into) {
        long[] pair = new long[1];
        if (!memory.read(at, pair)) {
            return false;
        }
        long e = pair[0] >>> ((index & 1) << 5) & 0xFFFF_FFFFL;
        into[0] = e & 0xFFFF;
        into[1] = e >>> 16 & 0xFF;
        return true;
    }

    void forget() {
        cache.clear();
    }

    void forget(int device) {
        cache.forget(n -> n >>> 11 == device);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("interrupt-tables", VERSION);
        cache.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("interrupt-tables", VERSION);
        cache.restore(in);
        in.end();
    }
}
