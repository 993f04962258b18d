package dev.hv.core.hypervisor.devices;

import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.amdvi.AmdViRegisters;
import dev.hv.core.machine.iommu.DeviceRequest;

/**
 * AMD's IOMMU for devices: device table, commands, event log, interrupt tables (AMD I/O Virtualization Technology Specification, 48882, 2.2, 2.4 and 2.5). Each slot has an interrupt table of
 * its own, of entries of 32 bits.
 */
public final class AmdViRemapper implements DeviceRemapper {

    private static final int REQUESTERS = BUSES << 8;
    private static final int ENTRY = 32;
    private static final int TABLE_PAGES = REQUESTERS * ENTRY / SystemMemory.PAGE;
    private static final int INTERRUPT_ENTRY = 4;
    private static final int SLOT_BYTES = INTERRUPTS * INTERRUPT_ENTRY;
    private static final int INTERRUPT_PAGES = SLOTS * SLOT_BYTES / SystemMemory.PAGE;
    /** Pages: device table, commands, events, interrupts. */
    private static final int PAGES = TABLE_PAGES + 2 + INTERRUPT_PAGES;
    /** An entry: valid, with translation, four levels, accessed and dirty bits are set, reads and writes. */
    private static final long VALID = 1 | 2;
    private static final long FOUR_LEVELS = 4 << 9;
    private static final long MARKS = 3 << 7;
    private static final long RIGHTS = 3L << 61;
    /** Third word: the table is valid, its size is 2^n, interrupts are remapped; without that they are faults. */
    private static final long INTERRUPTS_VALID = 1;
    private static final long INTERRUPT_SIZE = (long) Integer.numberOfTrailingZeros(INTERRUPTS) << 1;
    private static final long REMAP = 2L << 60;
    /** 256 commands or events: a page. */
    private static final long ONE_PAGE = 8L << 56;
    private static final int COMMAND = 16;
    private static final long FORGET_DEVICE = 2L << 60;
    private static final long FORGET_PAGES = 3L << 60;
    private static final long FORGET_INTERRUPTS = 5L << 60;
    private static final long ALL_PAGES = 0x7FFF_FFFF_FFFF_F000L | 3;
    /** Entry of an interrupt: enabled, APIC id 15:8, vector 23:16. */
    private static final int ENABLED = 1;
    private static final int APIC_SHIFT = 8;
    private static final int VECTOR_SHIFT = 16;
    /** Event: of an interrupt 51, of a write 53, code 63:60. */
    private static final long OF_INTERRUPT = 1L << 51;
    private static final long OF_WRITE = 1L << 53;

    private final SystemBus bus;
    private long devices;
    private long commands;
    private long events;
    private long interrupts;

    /** A unit on this bus, where the machine has it. */
    public AmdViRemapper(SystemBus bus) {
        this.bus = bus;
    }

    @Override
    public int pages() {
        return PAGES;
    }

    private void register(int offset, long value) {
        bus.write(AmdViRegisters.BASE + offset, 8, value);
    }

    private long register(int offset) {
        return bus.read(AmdViRegisters.BASE + offset, 8);
    }

    @Override
    public void start(long pages, int faultVector) {
        devices = pages;
        commands = pages + (long) TABLE_PAGES * SystemMemory.PAGE;
        events = commands + SystemMemory.PAGE;
        interrupts = events + SystemMemory.PAGE;
        for (int requester = 0; requester < REQUESTERS; requester++) {
            bus.write(entry(requester), 8, VALID);
            bus.write(entry(requester) + 16, 8, INTERRUPTS_VALID);
        }
        register(AmdViRegisters.DEVICE_TABLE, devices | TABLE_PAGES - 1);
        register(AmdViRegisters.COMMAND_BASE, commands | ONE_PAGE);
        register(AmdViRegisters.EVENT_BASE, events | ONE_PAGE);
        register(AmdViRegisters.GENERAL_INTERRUPT, (long) faultVector << 32);
        register(AmdViRegisters.CONTROL, CONTROL);
    }

    private static final long CONTROL = AmdViRegisters.ENABLE | AmdViRegisters.EVENT_LOG | AmdViRegisters.EVENT_INTERRUPT | AmdViRegisters.X2APIC_INTERRUPT | AmdViRegisters.COMMANDS;

    private long entry(int requester) {
        return devices + requester * (long) ENTRY;
    }

    private long table(int slot) {
        return interrupts + (long) slot * SLOT_BYTES;
    }

    @Override
    public void assign(int requester, int slot, int domain, long root) {
        long at = entry(requester);
        bus.write(at + 16, 8, table(slot) | REMAP | INTERRUPT_SIZE | INTERRUPTS_VALID);
        bus.write(at + 8, 8, domain);
        bus.write(at, 8, root | VALID | FOUR_LEVELS | MARKS | RIGHTS);
        submit(FORGET_DEVICE | requester, 0);
    }

    @Override
    public void release(int requester, int slot, int domain) {
        bus.write(entry(requester), 8, VALID);
        bus.write(entry(requester) + 16, 8, INTERRUPTS_VALID);
        submit(FORGET_DEVICE | requester, 0);
        forget(domain);
    }

    @Override
    public boolean marks() {
        return true;
    }

    @Override
    public void forget(int domain) {
        submit(FORGET_PAGES | (long) domain << 32, ALL_PAGES);
    }

    private void submit(long low, long high) {
        long tail = register(AmdViRegisters.COMMAND_TAIL);
        bus.write(commands + tail, 8, low);
        bus.write(commands + tail + 8, 8, high);
        register(AmdViRegisters.COMMAND_TAIL, tail + COMMAND & SystemMemory.PAGE - 1);
    }

    // ---- interrupts --------------------------------------------------------------------------------------------------

    @Override
    public long address(int slot, int interrupt) {
        return MESSAGES;
    }

    @Override
    public int data(int slot, int interrupt) {
        return interrupt;
    }

    @Override
    public void route(int requester, int slot, int interrupt, int processor, int vector) {
        bus.write(table(slot) + interrupt * (long) INTERRUPT_ENTRY, INTERRUPT_ENTRY, ENABLED | processor << APIC_SHIFT | vector << VECTOR_SHIFT);
        submit(FORGET_INTERRUPTS | requester, 0);
    }

    @Override
    public void block(int requester, int slot, int interrupt) {
        bus.write(table(slot) + interrupt * (long) INTERRUPT_ENTRY, INTERRUPT_ENTRY, 0);
        submit(FORGET_INTERRUPTS | requester, 0);
    }

    // ---- faults ------------------------------------------------------------------------------------------------------

    @Override
    public void takeFaults(DeviceFaults into) {
        long status = register(AmdViRegisters.STATUS);
        // before the log is read: what comes meanwhile interrupts again
        register(AmdViRegisters.STATUS, status & (AmdViRegisters.LOGGED | AmdViRegisters.OVERFLOW));
        long head = register(AmdViRegisters.EVENT_HEAD);
        for (long tail = register(AmdViRegisters.EVENT_TAIL); head != tail; head = head + COMMAND & SystemMemory.PAGE - 1) {
            long low = bus.read(events + head, 8);
            var kind = (low & OF_INTERRUPT) != 0 ? DeviceRequest.INTERRUPT : DeviceRequest.of((low & OF_WRITE) != 0);
            into.add((int) low & 0xFFFF, kind, bus.read(events + head + 8, 8), (int) (low >>> 60));
        }
        register(AmdViRegisters.EVENT_HEAD, head);
        if ((status & AmdViRegisters.OVERFLOW) != 0) {
            into.overflow();
            // a log that was full goes on when it is turned off and on
            register(AmdViRegisters.CONTROL, CONTROL & ~AmdViRegisters.EVENT_LOG);
            register(AmdViRegisters.CONTROL, CONTROL);
        }
    }
}
