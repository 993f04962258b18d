package dev.hv.cli.root.worker;

import dev.hv.core.winhv.WinHv;
import dev.hv.devices.video.Resolution;

/**
 * What a virtual machine is made of.
 *
 * @param name for messages
 * @param lowMemory bytes of memory from address 0, whole pages
 * @param highMemory bytes of memory from 4 GiB, whole pages
 * @param processors virtual processors
 * @param testDevices whether the test devices are there
 * @param enlightened whether the guest is told about the hypervisor
 * @param nested whether its processors have hardware virtualisation themselves
 * @param parent whether the guest may make partitions of its own, and how
 * @param schedules whether the guest runs the processors of the partitions that it makes itself
 * @param remapped whether the devices of a guest in the root's place are behind the machine's IOMMU, which the hypervisor has
 * @param bounds between which its memory changes; null for memory that is always the same
 * @param screen how large its screen is; null for a machine without screen, keyboard and mouse
 * @param hostName what the guest is told of the host's name
 */
public record WorkerConfig(String name, long lowMemory, long highMemory, int processors, boolean testDevices, boolean enlightened, boolean nested, Parent parent, boolean schedules, boolean remapped, MemoryBounds bounds,
        Resolution screen, String hostName) {

    /** How a guest is a parent of partitions. */
    public enum Parent {
        /** It is none. */
        NONE,
        /** As a child that makes partitions (L1VH). */
        CHILD,
        /** It is in the root's place: it starts the processors, has the machine's devices, and no VMBus. */
        ROOT
    }

    /** Name of a host that is the same wherever it is: the machine of hv itself. */
    public static final String ANY_HOST = "hv";

    /** A machine without hardware virtualisation of its own and without a screen, whose memory is always the same. */
    public WorkerConfig(String name, long lowMemory, long highMemory, int processors, boolean testDevices, boolean enlightened, String hostName) {
        this(name, lowMemory, highMemory, processors, testDevices, enlightened, false, Parent.NONE, false, false, null, null, hostName);
    }

    /** Whether the guest has VMBus: one that is told about the hypervisor and is not in the root's place, where a bus would be offered by the guest. */
    public boolean vmbus() {
        return enlightened && !root();
    }

    /** Whether the guest is in the root's place. */
    public boolean root() {
        return parent == Parent.ROOT;
    }

    /** Pages of the guest's memory, the last below 4 GiB, that are the hypervisor's. */
    public long hypervisorPages() {
        return root() ? WinHv.pagesInRoot(processors) : 0;
    }
}
