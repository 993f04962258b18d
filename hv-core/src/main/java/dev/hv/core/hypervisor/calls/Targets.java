package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;

/** Finds what a hypercall is about, and says why the caller may not have it. The partition's id stands at the start of the input. */
final class Targets {

    private static final long SELF = -1;
    private static final int SELF_PROCESSOR = -2;
    /** HV_INPUT_VTL: a trust level is named in the low bits. There is level 0 only. */
    private static final int VTL_GIVEN = 1 << 4;

    private final Partitions partitions;

    Targets(Partitions partitions) {
        this.partitions = partitions;
    }

    /** The caller's own partition; null when the input names another. */
    static Partition self(Caller c, HypercallParameters p) {
        return p.u64(0) == SELF || p.u64(0) == c.partition().id() ? c.partition() : null;
    }

    /** A child of the caller's, or null: {@link #refusal} says why. */
    Partition child(Caller c, HypercallParameters p) {
        return child(c, p.u64(0));
    }

    Partition child(Caller c, long id) {
        Partition child = partitions.get(id);
        return child != null && child.parent() == c.partition().id() && c.has(HvPrivilege.CREATE_PARTITIONS) ? child : null;
    }

    /** The caller's own partition or a child of it; null when the input names another. */
    Partition any(Caller c, HypercallParameters p) {
        return any(c, p.u64(0));
    }

    Partition any(Caller c, long id) {
        return id == SELF || id == c.partition().id() ? c.partition() : child(c, id);
    }

    /** Why a partition is not to be had as a child. */
    static HvStatus refusal(Caller c, HypercallParameters p) {
        return self(c, p) == null ? HvStatus.INVALID_PARTITION_ID : HvStatus.OPERATION_DENIED;
    }

    /** A processor of a partition; null when there is none with this index. */
    static VirtualProcessor processor(Caller c, Partition partition, int index) {
        return index == SELF_PROCESSOR && partition == c.partition() ? c.vp() : partition.processors().get(index);
    }

    /** Whether an HV_INPUT_VTL names a trust level that does not exist. */
    static boolean badVtl(int vtl) {
        return (vtl & ~VTL_GIVEN) != 0;
    }
}
