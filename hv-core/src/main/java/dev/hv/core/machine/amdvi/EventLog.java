package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.IntConsumer;

/**
 * The event log (48882, 2.5): a ring of entries of 128 bits in memory. An entry: device 15:0, domain 47:32, flags 59:48, code 63:60, then an address.
 */
final class EventLog extends EntryRing implements Saveable {

    static final int ILLEGAL_DEVICE_ENTRY = 1;
    static final int PAGE_FAULT = 2;
    static final int DEVICE_TABLE_ERROR = 3;
    static final int PAGE_TABLE_ERROR = 4;
    static final int ILLEGAL_COMMAND = 5;
    static final int COMMAND_ERROR = 6;
    static final int INVALID_REQUEST = 8;
    /** Flags: of an interrupt, the page is present, of a write, no right, reserved bits. */
    static final int INTERRUPT = 1 << 3;
    static final int PRESENT = 1 << 4;
    static final int WRITE = 1 << 5;
    static final int RIGHTS = 1 << 6;
    static final int RESERVED = 1 << 7;
    /** Of an error in reading tables: a master abort. */
    static final int NO_MEMORY = 1 << 9;

    private static final int VERSION = 1;
    private static final String[] TEXTS = {
        "", "a device-table entry of no use", "a page that is not there or without the right", "a device table where there is no memory", "a page table where there is no memory",
        "", "", "", "a request to the interrupt controllers' addresses"};

    private final TableMemory memory;
    private final UnitWatch watch;
    /** Sets bits of the status register, and interrupts. */
    private final IntConsumer status;
    private long refused;

    EventLog(TableMemory memory, UnitWatch watch, IntConsumer status) {
        this.memory = memory;
        this.watch = watch;
        this.status = status;
    }

    /** A device's request is refused. */
    void refuse(int code, int device, int domain, int flags, long address, boolean silent) {
        refused++;
        watch.refused(device, (flags & INTERRUPT) != 0 ? DeviceRequest.INTERRUPT : DeviceRequest.of((flags & WRITE) != 0), address, TEXTS[code]);
        if (!silent) {
            write(code, device, domain, flags, address);
        }
    }

    /** Writes an entry; when there is no room, the log stops. */
    void write(int code, int device, int domain, int flags, long address) {
        if (!runs()) {
            return;
        }
        long next = within(tail() + ENTRY);
        if (next == head()) {
            run(false);
            status.accept(AmdViRegisters.OVERFLOW);
            return;
        }
        memory.write(at(tail()), device | (long) domain << 32 | (long) flags << 48 | (long) code << 60, address);
        tail(next);
        status.accept(AmdViRegisters.LOGGED);
    }

    @Override
    void reset() {
        super.reset();
        refused = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("event-log", VERSION);
        saveRing(out);
        out.put("refused", refused);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("event-log", VERSION);
        restoreRing(in);
        refused = in.take();
        in.end();
    }
}
