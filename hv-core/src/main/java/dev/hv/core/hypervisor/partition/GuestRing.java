package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.synic.RingPage;
import dev.hv.core.tlfs.HvMapFlags;

/** The page of a guest's memory that its SIRBP names. Where the guest has no such page, it reads as full, and takes nothing. */
record GuestRing(GuestPhysicalSpace space, SystemMemory memory, long sirbp) implements RingPage {

    private long at(int offset) {
        long page = space.translate(sirbp & -SystemMemory.PAGE, HvMapFlags.READABLE | HvMapFlags.WRITABLE);
        return page < 0 ? page : page + offset;
    }

    @Override
    public int read(int offset, int size) {
        long at = at(offset);
        return at < 0 ? 1 : (int) memory.read(at, size);
    }

    @Override
    public void write(int offset, int size, int value) {
        long at = at(offset);
        if (at >= 0) {
            memory.write(at, size, value);
        }
    }
}
