package dev.hv.core.hypervisor.devices;

import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.core.machine.vtd.VtdRegisters;

/**
 * VT-d for devices: legacy mode, queued invalidation, interrupt remapping (Intel Virtualization Technology for Directed I/O, Architecture Specification, chapters 3, 5 to 7). One table of
 * interrupts, of which each slot has a part; an entry is good for its device's requester id alone.
 */
public final class VtdRemapper implements DeviceRemapper {

    private static final long PRESENT = 1;
    private static final long FOUR_LEVELS = 2;
    private static final int DOMAIN_SHIFT = 8;
    private static final int ENTRY = 16;
    /** Table of interrupts: as many entries as all slots have, 2^(n + 1). */
    private static final int INTERRUPT_ENTRIES = SLOTS * INTERRUPTS;
    private static final int INTERRUPT_PAGES = INTERRUPT_ENTRIES * ENTRY / SystemMemory.PAGE;
    private static final int INTERRUPT_SIZE = Integer.numberOfTrailingZeros(INTERRUPT_ENTRIES) - 1;
    /** Pages: root table, queue, context tables, interrupts. */
    private static final int PAGES = 2 + BUSES + INTERRUPT_PAGES;
    private static final int DESCRIPTOR = 16;
    /** Descriptors: contexts of a device, translations of a domain, an interrupt. */
    private static final long FORGET_CONTEXT = 1 | 3 << 4;
    private static final long FORGET_TRANSLATIONS = 2 | 2 << 4;
    private static final long FORGET_INTERRUPT = 4 | 1 << 4;
    /** Entry of an interrupt: vector 23:16, an APIC id of 8 bits 47:40; upper word: the whole requester id is compared. */
    private static final int VECTOR_SHIFT = 16;
    private static final int APIC_SHIFT = 40;
    private static final long OF_REQUESTER = 1 << 18;
    /** Address of a message: remappable format with a subhandle, handle 19:5. */
    private static final long REMAPPABLE = 1 << 4 | 1 << 3;
    private static final int HANDLE_SHIFT = 5;
    private static final int REASON_INTERRUPT = 0x20;
    private static final int INDEX_SHIFT = 48;
    private static final long OF_READ = 1L << 62;

    private final SystemBus bus;
    private long contexts;
    private long interrupts;
    private long queue;

    /** A unit on this bus, where the machine has it. */
    public VtdRemapper(SystemBus bus) {
        this.bus = bus;
    }

    @Override
    public int pages() {
        return PAGES;
    }

    private void register(int offset, int size, long value) {
        bus.write(VtdRegisters.BASE + offset, size, value);
    }

    private long register(int offset, int size) {
        return bus.read(VtdRegisters.BASE + offset, size);
    }

    @Override
    public void start(long pages, int faultVector) {
        queue = pages + SystemMemory.PAGE;
        contexts = queue + SystemMemory.PAGE;
        interrupts = contexts + (long) BUSES * SystemMemory.PAGE;
        for (int number = 0; number < BUSES; number++) {
            bus.write(pages + (long) number * ENTRY, 8, contexts + (long) number * SystemMemory.PAGE | PRESENT);
        }
        register(VtdRegisters.RTADDR, 8, pages);
        register(VtdRegisters.GCMD, 4, VtdRegisters.ROOT_POINTER);
        register(VtdRegisters.IQA, 8, queue);
        register(VtdRegisters.GCMD, 4, VtdRegisters.QUEUE);
        register(VtdRegisters.IRTA, 8, interrupts | INTERRUPT_SIZE);
        register(VtdRegisters.GCMD, 4, VtdRegisters.QUEUE | VtdRegisters.INTERRUPT_POINTER);
        register(VtdRegisters.FEDATA, 4, faultVector);
        register(VtdRegisters.FEADDR, 4, MESSAGES);
        register(VtdRegisters.FECTL, 4, 0);
        register(VtdRegisters.GCMD, 4, VtdRegisters.QUEUE | VtdRegisters.INTERRUPTS | VtdRegisters.TRANSLATION);
    }

    private long context(int requester) {
        return contexts + (long) requester * ENTRY;
    }

    @Override
    public void assign(int requester, int slot, int domain, long root) {
        bus.write(context(requester) + 8, 8, (long) domain << DOMAIN_SHIFT | FOUR_LEVELS);
        bus.write(context(requester), 8, root | PRESENT);
    }

    @Override
    public void release(int requester, int slot, int domain) {
        bus.write(context(requester), 8, 0);
        submit(FORGET_CONTEXT | (long) domain << 16 | (long) requester << 32);
        forget(domain);
    }

    /** {@inheritDoc} That is scalable mode's, which the unit has not. */
    @Override
    public boolean marks() {
        return false;
    }

    @Override
    public void forget(int domain) {
        submit(FORGET_TRANSLATIONS | (long) domain << 16);
    }

    private void submit(long descriptor) {
        long tail = register(VtdRegisters.IQT, 4);
        bus.write(queue + tail, 8, descriptor);
        bus.write(queue + tail + 8, 8, 0);
        register(VtdRegisters.IQT, 4, tail + DESCRIPTOR & SystemMemory.PAGE - 1);
    }

    // ---- interrupts --------------------------------------------------------------------------------------------------

    private static int index(int slot, int interrupt) {
        return slot * INTERRUPTS + interrupt;
    }

    @Override
    public long address(int slot, int interrupt) {
        return MESSAGES | REMAPPABLE | (long) index(slot, interrupt) << HANDLE_SHIFT;
    }

    @Override
    public int data(int slot, int interrupt) {
        return 0;
    }

    @Override
    public void route(int requester, int slot, int interrupt, int processor, int vector) {
        int index = index(slot, interrupt);
        long at = interrupts + (long) index * ENTRY;
        bus.write(at + 8, 8, OF_REQUESTER | requester);
        bus.write(at, 8, PRESENT | (long) vector << VECTOR_SHIFT | (long) processor << APIC_SHIFT);
        submit(FORGET_INTERRUPT | (long) index << 32);
    }

    @Override
    public void block(int requester, int slot, int interrupt) {
        int index = index(slot, interrupt);
        bus.write(interrupts + (long) index * ENTRY, 8, 0);
        submit(FORGET_INTERRUPT | (long) index << 32);
    }

    // ---- faults ------------------------------------------------------------------------------------------------------

    @Override
    public void takeFaults(DeviceFaults into) {
        for (int status = (int) register(VtdRegisters.FSTS, 4); (status & VtdRegisters.PENDING) != 0; status = (int) register(VtdRegisters.FSTS, 4)) {
            int record = VtdRegisters.FRCD + (status >>> VtdRegisters.FIRST_RECORD_SHIFT & 0xFF) * VtdRegisters.FRCD_BYTES;
            for (int i = 0; i < VtdRegisters.RECORDS; i++) {
                int at = VtdRegisters.FRCD + (record - VtdRegisters.FRCD + i * VtdRegisters.FRCD_BYTES) % (VtdRegisters.RECORDS * VtdRegisters.FRCD_BYTES);
                long low = register(at, 8);
                long high = register(at + 8, 8);
                if (high < 0) {
                    take(into, low, high);
                    register(at + 12, 4, 1L << 31);
                }
            }
        }
        if ((register(VtdRegisters.FSTS, 4) & VtdRegisters.OVERFLOW) != 0) {
            into.overflow();
            register(VtdRegisters.FSTS, 4, VtdRegisters.OVERFLOW);
        }
    }

    private static void take(DeviceFaults into, long low, long high) {
        int reason = (int) (high >>> 32) & 0xFF;
        boolean interrupt = reason >= REASON_INTERRUPT;
        var kind = interrupt ? DeviceRequest.INTERRUPT : DeviceRequest.of((high & OF_READ) == 0);
        into.add((int) high & 0xFFFF, kind, interrupt ? low >>> INDEX_SHIFT : low, reason);
    }
}
