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
import java.util.List;

/** Hypercalls about partitions: their life and their properties (TLFS, "Partition management"). The partition's id is at offset 0. */
final class PartitionCalls {

    /** Creation flags that change nothing here or are always so: large mappings, EXO, intercept page, x2APIC. */
    private static final long CREATION_FLAGS = HvPartitionProperty.CREATE_NESTED | 1L << 4 | 1L << 8 | HvPartitionProperty.CREATE_LAPIC | 1L << 19 | 1L << 22;
    private static final int CREATE_ISOLATION = 48;
    private static final int CREATE_SIZE = 56;

    private final Partitions partitions;
    private final Targets targets;

    PartitionCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        long manage = HvPrivilege.CREATE_PARTITIONS;
        return List.of(
                simple(HvCallCode.CREATE_PARTITION, "HvCallCreatePartition", manage, CREATE_SIZE, 8, this::create),
                simple(HvCallCode.INITIALIZE_PARTITION, "HvCallInitializePartition", manage, 8, 0, this::initialize),
                simple(HvCallCode.FINALIZE_PARTITION, "HvCallFinalizePartition", manage, 8, 0, this::finish),
                simple(HvCallCode.DELETE_PARTITION, "HvCallDeletePartition", manage, 8, 0, this::delete),
                simple(HvCallCode.GET_PARTITION_ID, "HvCallGetPartitionId", HvPrivilege.ACCESS_PARTITION_ID, 0, 8, PartitionCalls::id),
                simple(HvCallCode.GET_PARTITION_PROPERTY, "HvCallGetPartitionProperty", HvPrivilege.ACCESS_PARTITION_ID, 16, 8, this::property),
                simple(HvCallCode.SET_PARTITION_PROPERTY, "HvCallSetPartitionProperty", manage, 24, 0, this::setProperty));
    }

    /** Input: flags 0, proximity 8, version 16, features to hide 24, isolation 48. The model of a child's processors is the hypervisor's choice. */
    private HvStatus create(Caller c, HypercallParameters p, int repetition) {
        if ((p.u64(0) & ~CREATION_FLAGS) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (p.u64(CREATE_ISOLATION) != 0) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        Partition made = partitions.create(c.partition(), (p.u64(0) & HvPartitionProperty.CREATE_NESTED) != 0);
        if ((p.u64(0) & HvPartitionProperty.CREATE_LAPIC) == 0) {
            made.giveUpInterruptControllers();
        }
        p.put(0, 8, made.id());
        return HvStatus.SUCCESS;
    }

    /** Needs one deposited page. */
    private HvStatus initialize(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.state() != Partition.State.CREATED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (!partitions.createSpace(p)) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        p.setState(Partition.State.ACTIVE);
        return HvStatus.SUCCESS;
    }

    /** Ends its children, all virtual processors and mappings. */
    private HvStatus finish(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.state() == Partition.State.FINALIZED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        partitions.finish(p);
        return HvStatus.SUCCESS;
    }

    /** The partition must be finalized and its pool empty. */
    private HvStatus delete(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.state() != Partition.State.FINALIZED || p.pool().available() > 0) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        partitions.remove(p);
        return HvStatus.SUCCESS;
    }

    private static HvStatus id(Caller c, HypercallParameters p, int repetition) {
        p.put(0, 8, c.partition().id());
        return HvStatus.SUCCESS;
    }

    /** Input: code 8. */
    private HvStatus property(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.any(c, in);
        if (p == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        HvResult result = p.property(in.u32(8));
        in.put(0, 8, result.value());
        return result.status();
    }

    /** Input: code 8, value 16. Privileges are those of a partition that is not initialized yet. */
    private HvStatus setProperty(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        return switch (in.u32(8)) {
            case HvPartitionProperty.PRIVILEGE_FLAGS -> setPrivileges(c, p, in);
            case HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING -> track(p, in.u64(16));
            default -> HvStatus.UNKNOWN_PROPERTY;
        };
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

    /** Only the root makes parents: pages that a guest has from a parent that is a guest itself cannot be given on. */
    private static HvStatus setPrivileges(Caller c, Partition p, HypercallParameters in) {
        if (p.state() != Partition.State.CREATED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        long limit = c.partition().space() == null ? HvPrivilege.CHILD_LIMIT | HvPrivilege.PARENT : HvPrivilege.CHILD_LIMIT;
        if ((in.u64(16) & ~limit) != 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        p.setPrivileges(in.u64(16));
        return HvStatus.SUCCESS;
    }
}
