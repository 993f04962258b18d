package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSyntheticFeatures;
import java.util.List;

/** Hypercalls about the properties of partitions (TLFS, "Partition properties"). Input: partition 0, code 8, then value or argument 16. */
final class PropertyCalls {

    /** Bytes that HvCallGetPartitionPropertyEx gives of a property: a count of banks, three reserved words, one bank. */
    private static final int EXTENDED_SIZE = 16;
    /** Extended property: how many banks of bits follow; 8 bytes. */
    private static final int ONE_BANK = 1;
    private static final int BANK_AT = 8;

    private final Partitions partitions;
    private final Targets targets;

    PropertyCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.GET_PARTITION_PROPERTY, "HvCallGetPartitionProperty", 0, 16, 8, this::property),
                simple(HvCallCode.SET_PARTITION_PROPERTY, "HvCallSetPartitionProperty", HvPrivilege.CREATE_PARTITIONS, 24, 0, this::setProperty),
                simple(HvCallCode.GET_PARTITION_PROPERTY_EX, "HvCallGetPartitionPropertyEx", HvPrivilege.CREATE_PARTITIONS, 24, EXTENDED_SIZE, this::extended));
    }

    /** Who may ask: a parent of its own partition and of its children, others who may know their partition's id of their own. */
    private HvStatus property(Caller c, HypercallParameters in, int repetition) {
        if (!c.has(HvPrivilege.CREATE_PARTITIONS) && !c.has(HvPrivilege.ACCESS_PARTITION_ID)) {
            return HvStatus.ACCESS_DENIED;
        }
        Partition p = targets.any(c, in);
        if (p == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        HvResult result = p.properties().get(in.u32(8));
        in.put(0, 8, result.value());
        return result.status();
    }

    /** Properties that are masks of bits in banks, of which all here have one. */
    private HvStatus extended(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.any(c, in);
        if (p == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        long bank;
        switch (in.u32(8)) {
            case HvPartitionProperty.VMM_CAPABILITIES -> bank = HvPartitionProperty.CAPABILITY_OVERLAY_LOCATION
                    | (c.partition().properties().schedulesChildren() ? HvPartitionProperty.CAPABILITY_INTEGRATED_SCHEDULER : 0);
            case HvPartitionProperty.INTEGRATED_SCHEDULER -> {
                in.put(0, 8, p.properties().schedulesChildren() ? 1 : 0);
                in.put(BANK_AT, 8, 0);
                return HvStatus.SUCCESS;
            }
            case HvPartitionProperty.SYNTHETIC_FEATURES_OFFERED -> bank = HvSyntheticFeatures.OFFERED;
            default -> {
                return HvStatus.UNKNOWN_PROPERTY;
            }
        }
        in.put(0, 8, ONE_BANK);
        in.put(BANK_AT, 8, bank);
        return HvStatus.SUCCESS;
    }

    private HvStatus setProperty(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        long value = in.u64(16);
        return switch (in.u32(8)) {
            case HvPartitionProperty.PRIVILEGE_FLAGS -> setPrivileges(c, p, value);
            case HvPartitionProperty.SYNTHETIC_FEATURES -> setFeatures(p, value);
            case HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING -> track(p, value);
            case HvPartitionProperty.INTEGRATED_SCHEDULER -> setScheduler(p, value);
            case HvPartitionProperty.TIME_FREEZE -> flag(value, p.properties()::freeze);
            case HvPartitionProperty.REFERENCE_TIME -> p.properties().setReferenceTime(value);
            case HvPartitionProperty.UNIMPLEMENTED_MSR_ACTION -> flag(value, p.properties()::setIgnoresUnknownMsrs);
            case HvPartitionProperty.PROCESSORS_PER_SOCKET -> setProcessorsPerSocket(p, value);
            default -> HvStatus.UNKNOWN_PROPERTY;
        };
    }

    /** What takes a yes or no. */
    private interface Setting {
        void set(boolean on);
    }

    private static HvStatus flag(long value, Setting setting) {
        if (value != 0 && value != 1) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        setting.set(value == 1);
        return HvStatus.SUCCESS;
    }

    /** A parent may make parents; only the root lets a guest take its place. */
    private HvStatus setPrivileges(Caller c, Partition p, long value) {
        if (p.state() != Partition.State.CREATED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        long limit = c.partition().space() == null ? HvPrivilege.CHILD_LIMIT | HvPrivilege.ROOT_GUEST : HvPrivilege.CHILD_LIMIT | HvPrivilege.PARENT;
        if ((value & ~limit) != 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        if ((value & HvPrivilege.CPU_MANAGEMENT) != 0 && !partitions.inRootsPlace(p)) {
            return HvStatus.OBJECT_IN_USE;
        }
        p.setPrivileges(value);
        return HvStatus.SUCCESS;
    }

    /** The privileges that go with what the partition's guest is to have of the hypervisor's interface. */
    private static HvStatus setFeatures(Partition p, long value) {
        if (p.state() != Partition.State.CREATED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if ((value & ~HvSyntheticFeatures.OFFERED) != 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        p.properties().setFeatures(value);
        return HvStatus.SUCCESS;
    }

    /** Of a parent, while it has no children. */
    private static HvStatus setScheduler(Partition p, long value) {
        if (!p.has(HvPrivilege.CREATE_PARTITIONS)) {
            return HvStatus.OPERATION_DENIED;
        }
        return !p.children().isEmpty() ? HvStatus.INVALID_PARTITION_STATE : flag(value, p.properties()::setSchedulesChildren);
    }

    private static HvStatus setProcessorsPerSocket(Partition p, long value) {
        if (value <= 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        p.properties().setProcessorsPerSocket(value);
        return HvStatus.SUCCESS;
    }

    /** INSUFFICIENT_MEMORY asks for a deposit. */
    private HvStatus track(Partition p, long value) {
        if (p.space() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (value != 0 && value != 1) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        HvStatus status = p.space().track(value == 1, () -> p.processors().values().forEach(vp -> vp.context().trackingChanged()));
        partitions.backend().invalidate(p.space());
        return status;
    }
}
