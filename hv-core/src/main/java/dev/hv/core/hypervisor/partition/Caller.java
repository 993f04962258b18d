package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypercall.HypercallCaller;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;

/** Who makes a hypercall, as the bodies of calls see it. */
public interface Caller extends HypercallCaller {

    /** The partition that it belongs to: its privileges count. */
    Partition partition();

    /** The virtual processor; null for services of the root partition that are no guest. */
    VirtualProcessor vp();

    /**
     * Where a page of the caller's own memory is.
     *
     * @param rights {@link dev.hv.core.tlfs.HvMapFlags} that the caller must have
     * @return its system address; negative when the caller has no such page, or not these rights
     */
    default long page(long gpn, int rights) {
        GuestPhysicalSpace space = partition().space();
        return space == null ? gpn << 12 : space.translate(gpn << 12, rights);
    }

    @Override
    default long spaceEnd() {
        return partition().model().physicalMask() + 1;
    }
}
