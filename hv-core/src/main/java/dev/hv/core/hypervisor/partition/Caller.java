package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypercall.HypercallCaller;

/** Who makes a hypercall, as the bodies of calls see it. */
public interface Caller extends HypercallCaller {

    /** The partition that it belongs to: its privileges count. */
    Partition partition();

    /** The virtual processor; null for services of the root partition that are no guest. */
    VirtualProcessor vp();

    @Override
    default long spaceEnd() {
        return partition().model().physicalMask() + 1;
    }
}
