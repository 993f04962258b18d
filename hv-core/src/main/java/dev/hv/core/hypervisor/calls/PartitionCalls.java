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
import dev.hv.core.tlfs.HvProcessorFeatures;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about the life of partitions (TLFS, "Partition management"). The partition's id is at offset 0. */
final class PartitionCalls {

    /** Creation flags that change nothing here or are always so: large mappings, EXO, intercept page, x2APIC. */
    private static final long CREATION_FLAGS = HvPartitionProperty.CREATE_NESTED | 1L << 4 | 1L << 8 | HvPartitionProperty.CREATE_LAPIC | 1L << 19 | 1L << 22;
    /** Features to hide: two banks, and one of XSAVE. */
    private static final int CREATE_HIDDEN = 24;
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
                simple(HvCallCode.GET_PARTITION_ID, "HvCallGetPartitionId", HvPrivilege.ACCESS_PARTITION_ID, 0, 8, PartitionCalls::id));
    }

    /** Input: flags 0, proximity 8, version 16, features to hide 24, isolation 48. Otherwise the model of a child's processors is the hypervisor's choice. */
    private HvStatus create(Caller c, HypercallParameters p, int repetition) {
        if ((p.u64(0) & ~CREATION_FLAGS) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (p.u64(CREATE_ISOLATION) != 0) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        Partition made = partitions.create(c.partition(), (p.u64(0) & HvPartitionProperty.CREATE_NESTED) != 0,
                HvProcessorFeatures.hidden(p.u64(CREATE_HIDDEN), p.u64(CREATE_HIDDEN + 8), p.u64(CREATE_HIDDEN + 16)));
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
}
