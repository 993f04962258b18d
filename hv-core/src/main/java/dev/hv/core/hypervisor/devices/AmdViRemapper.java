package dev.hv.core.hypervisor.devices;

import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.amdvi.AmdViRegisters;

/** AMD's IOMMU for devices on bus 0: device table, commands, event log (AMD I/O Virtualization Technology Specification, 48882, 2.2 and 2.4). */
public final class AmdViRemapper implements DeviceRemapper {

    private static final int PAGES = 4;
    private static final int REQUESTERS = 256;
    private static final int ENTRY = 32;
    /** An entry: valid, with translation, four levels, reads and writes. */
    private static final long VALID = 1 | 2;
    private static final long FOUR_LEVELS = 4 << 9;
    private static final long RIGHTS = 3L << 61;
    private static final int TABLE_PAGES = 2;
    /** 256 commands or events: a page. */
    private static final long ONE_PAGE = 8L << 56;
    private static final int COMMAND = 16;
    private static final long FORGET_DEVICE = 2L << 60;
    private static final long FORGET_PAGES = 3L << 60;
    private static final long ALL_PAGES = 0x7FFF_FFFF_FFFF_F000L | 3;

    private final SystemBus bus;
    private long devices;
    private long commands;

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

    @Override
    public void start(long pages) {
        devices = pages;
        commands = pages + TABLE_PAGES * SystemMemory.PAGE;
        for (int requester = 0; requester < REQUESTERS; requester++) {
            bus.write(devices + requester * (long) ENTRY, 8, VALID);
        }
        register(AmdViRegisters.DEVICE_TABLE, devices | TABLE_PAGES - 1);
        register(AmdViRegisters.COMMAND_BASE, commands | ONE_PAGE);
        register(AmdViRegisters.EVENT_BASE, commands + SystemMemory.PAGE | ONE_PAGE);
        register(AmdViRegisters.CONTROL, AmdViRegisters.ENABLE | AmdViRegisters.EVENT_LOG | AmdViRegisters.COMMANDS);
    }

    @Override
    public boolean knows(int requester) {
        return requester >= 0 && requester < REQUESTERS;
    }

    @Override
    public void assign(int requester, int domain, long root) {
        long at = devices + requester * (long) ENTRY;
        bus.write(at + 8, 8, domain);
        bus.write(at, 8, root | VALID | FOUR_LEVELS | RIGHTS);
        submit(FORGET_DEVICE | requester, 0);
    }

    @Override
    public void release(int requester, int domain) {
        bus.write(devices + requester * (long) ENTRY, 8, VALID);
        submit(FORGET_DEVICE | requester, 0);
        forget(domain);
    }

    @Override
    public void forget(int domain) {
        submit(FORGET_PAGES | (long) domain << 32, ALL_PAGES);
    }

    private void submit(long low, long high) {
        long tail = bus.read(AmdViRegisters.BASE + AmdViRegisters.COMMAND_TAIL, 8);
        bus.write(commands + tail, 8, low);
        bus.write(commands + tail + 8, 8, high);
        register(AmdViRegisters.COMMAND_TAIL, tail + COMMAND & SystemMemory.PAGE - 1);
    }
}
