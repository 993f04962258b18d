package dev.hv.core.hypervisor.devices;

import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.vtd.VtdRegisters;

/** VT-d for devices on bus 0: legacy mode, queued invalidation (Intel Virtualization Technology for Directed I/O, Architecture Specification, chapters 3 and 6). */
public final class VtdRemapper implements DeviceRemapper {

    private static final int PAGES = 3;
    private static final long PRESENT = 1;
    private static final long FOUR_LEVELS = 2;
    private static final int DOMAIN_SHIFT = 8;
    private static final int REQUESTERS = 256;
    private static final int DESCRIPTOR = 16;
    /** Descriptors: contexts of a device, translations of a domain. */
    private static final long FORGET_CONTEXT = 1 | 3 << 4;
    private static final long FORGET_TRANSLATIONS = 2 | 2 << 4;

    private final SystemBus bus;
    private long contexts;
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

    @Override
    public void start(long pages) {
        contexts = pages + SystemMemory.PAGE;
        queue = pages + 2 * SystemMemory.PAGE;
        bus.write(pages, 8, contexts | PRESENT);
        register(VtdRegisters.RTADDR, 8, pages);
        register(VtdRegisters.GCMD, 4, VtdRegisters.ROOT_POINTER);
        register(VtdRegisters.IQA, 8, queue);
        register(VtdRegisters.GCMD, 4, VtdRegisters.QUEUE);
        register(VtdRegisters.GCMD, 4, VtdRegisters.QUEUE | VtdRegisters.TRANSLATION);
    }

    @Override
    public boolean knows(int requester) {
        return requester >= 0 && requester < REQUESTERS;
    }

    @Override
    public void assign(int requester, int domain, long root) {
        long at = contexts + requester * 16L;
        bus.write(at + 8, 8, (long) domain << DOMAIN_SHIFT | FOUR_LEVELS);
        bus.write(at, 8, root | PRESENT);
    }

    @Override
    public void release(int requester, int domain) {
        bus.write(contexts + requester * 16L, 8, 0);
        submit(FORGET_CONTEXT | (long) domain << 16 | (long) requester << 32);
        forget(domain);
    }

    @Override
    public void forget(int domain) {
        submit(FORGET_TRANSLATIONS | (long) domain << 16);
    }

    private void submit(long descriptor) {
        long tail = bus.read(VtdRegisters.BASE + VtdRegisters.IQT, 4);
        bus.write(queue + tail, 8, descriptor);
        bus.write(queue + tail + 8, 8, 0);
        register(VtdRegisters.IQT, 4, tail + DESCRIPTOR & SystemMemory.PAGE - 1);
    }
}
