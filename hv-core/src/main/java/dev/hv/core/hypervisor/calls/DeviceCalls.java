package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvDeviceId;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls by which the root gives devices of the machine to partitions and takes them back. */
final class DeviceCalls {

    private static final int ATTACH_SIZE = 40;
    private static final int DETACH_SIZE = 16;
    /** HV_ATTACH_DEVICE_FLAGS: the caller gives the number that the device is known by. */
    private static final int LOGICAL_ID = 1;

    private final Partitions partitions;
    private final Targets targets;

    DeviceCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(simple(HvCallCode.ATTACH_DEVICE, "HvCallAttachDevice", HvPrivilege.CPU_MANAGEMENT, ATTACH_SIZE, 0, this::attach),
                simple(HvCallCode.DETACH_DEVICE, "HvCallDetachDevice", HvPrivilege.CPU_MANAGEMENT, DETACH_SIZE, 0, this::detach));
    }

    /** Input: partition 0, HV_DEVICE_ID 8, flags 16, trust level 20, number 24, capabilities 32, requester of the physical function 36. */
    private HvStatus attach(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (partitions.devices() == null) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        long device = in.u64(8);
        if (!HvDeviceId.isPci(device) || in.u32(16) != LOGICAL_ID || in.u32(20) != 0 || in.u64(32) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        return partitions.devices().attach(in.u64(24), HvDeviceId.requester(device), p.id());
    }

    /** Input: partition 0, number 8. */
    private HvStatus detach(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        return partitions.devices() == null ? HvStatus.FEATURE_UNAVAILABLE : partitions.devices().detach(in.u64(8), p.id());
    }
}
