package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;
import static dev.hv.core.hypercall.HypercallContract.variable;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.InterruptTarget;
import dev.hv.core.hypercall.RetargetInput;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvDeviceId;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about devices of the machine: the root gives them to partitions, with their interrupts, and takes them back; a guest says where they interrupt. */
final class DeviceCalls {

    private static final int ATTACH_SIZE = 40;
    private static final int DETACH_SIZE = 16;
    /** HV_ATTACH_DEVICE_FLAGS: the caller gives the number that the device is known by. */
    private static final int LOGICAL_ID = 1;

    /** HV_DEVICE_INTERRUPT_DESCRIPTOR: type, trigger mode, count, reserved, then the target. */
    private static final int DESCRIPTOR = 40;
    private static final int TARGET = DESCRIPTOR + 16;
    private static final int MAP_SIZE = TARGET + 16;
    private static final int ENTRY_SIZE = 16;
    private static final int UNMAP_SIZE = 32;
    private static final int MOST_IN_A_ROW = 32;

    private final Partitions partitions;
    private final Targets targets;

    DeviceCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(simple(HvCallCode.ATTACH_DEVICE, "HvCallAttachDevice", HvPrivilege.CPU_MANAGEMENT, ATTACH_SIZE, 0, this::attach),
                simple(HvCallCode.DETACH_DEVICE, "HvCallDetachDevice", HvPrivilege.CPU_MANAGEMENT, DETACH_SIZE, 0, this::detach),
                variable(HvCallCode.MAP_DEVICE_INTERRUPT, "HvCallMapDeviceInterrupt", HvPrivilege.CPU_MANAGEMENT, MAP_SIZE, ENTRY_SIZE, this::map),
                simple(HvCallCode.UNMAP_DEVICE_INTERRUPT, "HvCallUnmapDeviceInterrupt", HvPrivilege.CPU_MANAGEMENT, UNMAP_SIZE, 0, this::unmap),
                variable(HvCallCode.RETARGET_DEVICE_INTERRUPT, "HvCallRetargetDeviceInterrupt", 0, RetargetInput.SIZE, this::retarget));
    }

    /** A guest in the root's place has its devices itself, and gives none to others. */
    private boolean unavailable(Caller c) {
        return partitions.devices() == null || c.partition().space() != null;
    }

    /** Input: partition 0, HV_DEVICE_ID 8, flags 16, trust level 20, number 24, capabilities 32, requester of the physical function 36. */
    private HvStatus attach(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (unavailable(c)) {
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
        return unavailable(c) ? HvStatus.FEATURE_UNAVAILABLE : partitions.devices().detach(in.u64(8), p.id());
    }

    private Partition owner(Caller c, HypercallParameters in) {
        return !unavailable(c) && HvDeviceId.isPci(in.u64(8)) ? targets.child(c, in) : null;
    }

    /** A guest in the root's place has its devices itself. */
    private static boolean rootsOwn(Caller c, HypercallParameters in) {
        return c.partition().root() != null && Targets.self(c, in) != null;
    }

    private HvStatus noOwner(Caller c, HypercallParameters in) {
        return targets.child(c, in) == null ? Targets.refusal(c, in) : unavailable(c) ? HvStatus.FEATURE_UNAVAILABLE : HvStatus.INVALID_PARAMETER;
    }

    /**
     * Input: partition 0, HV_DEVICE_ID 8, flags 16, logical entry 24, descriptor 40 (type, trigger mode, count, reserved), target 56; output: HV_INTERRUPT_ENTRY, the message that the device is
     * to send. Fixed interrupts by messages that are edges, up to 32 in a row.
     */
    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        if (rootsOwn(c, in)) {
            return RootInterrupts.map(c, in, DESCRIPTOR, partitions.devices());
        }
        Partition p = owner(c, in);
        if (p == null) {
            return noOwner(c, in);
        }
        int count = in.u32(DESCRIPTOR + 8);
        if (in.u64(16) != 0 || in.u64(24) != 0 || in.u64(32) != 0 || in.u64(DESCRIPTOR) != 0 || in.u32(DESCRIPTOR + 12) != 0 || count < 1 || count > MOST_IN_A_ROW || InterruptTarget.bad(in, TARGET)) {
            return HvStatus.INVALID_PARAMETER;
        }
        HvResult message = partitions.devices().map(HvDeviceId.requester(in.u64(8)), p.id(), InterruptTarget.vector(in, TARGET), count, InterruptTarget.processors(in, TARGET),
                InterruptTarget.multicast(in, TARGET));
        if (message.status().ok()) {
            RetargetInput.putEntry(in, message.value());
        }
        return message.status();
    }

    /** Input: partition 0, HV_DEVICE_ID 8, HV_INTERRUPT_ENTRY 16 as it was given. */
    private HvStatus unmap(Caller c, HypercallParameters in, int repetition) {
        if (rootsOwn(c, in)) {
            return RootInterrupts.unmap(c, in, partitions.devices());
        }
        Partition p = owner(c, in);
        if (p == null) {
            return noOwner(c, in);
        }
        return RetargetInput.badEntry(in, 16) ? HvStatus.INVALID_PARAMETER
                : partitions.devices().unmap(HvDeviceId.requester(in.u64(8)), p.id(), in.u32(24) & 0xFFFF_FFFFL, in.u32(28));
    }

    /** A guest's device is to interrupt elsewhere. About a device that the hypervisor does not know whose it is answers, if he asked for it. */
    private HvStatus retarget(Caller c, HypercallParameters p, int repetition) {
        if (Targets.self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if (c.vp() == null || RetargetInput.bad(p)) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (partitions.devices() != null && partitions.devices().has(c.partition().id(), RetargetInput.device(p))) {
            return partitions.devices().retarget(RetargetInput.device(p), c.partition().id(), RetargetInput.address(p) & 0xFFFF_FFFFL, RetargetInput.data(p), RetargetInput.vector(p),
                    RetargetInput.multicast(p), RetargetInput.processors(p));
        }
        return c.partition().intercepts().has(HvInterceptType.RETARGET_UNKNOWN_DEVICE) ? p.leave() : HvStatus.INVALID_PARAMETER;
    }
}
