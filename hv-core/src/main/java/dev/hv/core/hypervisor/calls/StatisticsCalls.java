package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.StatisticsPages;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about pages of statistics ({@link HvStatistics}): of the caller's own partition and of its children, and for a root those of the hypervisor and of logical processors. */
final class StatisticsCalls {

    private final Targets targets;
    private final Partitions partitions;
    private int object;
    private HvStatus refusal;

    StatisticsCalls(Targets targets, Partitions partitions) {
        this.targets = targets;
        this.partitions = partitions;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.MAP_STATS_PAGE, "HvCallMapStatsPage", HvPrivilege.CPU_MANAGEMENT, 24, 8, this::mapDeposited),
                simple(HvCallCode.UNMAP_STATS_PAGE, "HvCallUnmapStatsPage", HvPrivilege.CREATE_PARTITIONS, 24, 0, this::unmap),
                simple(HvCallCode.MAP_STATS_PAGE2, "HvCallMapStatsPage2", HvPrivilege.CREATE_PARTITIONS, 32, 8, this::map));
    }

    /** Finds the pages with the object's counters, or null and {@link #refusal}, and {@link #object}. */
    private StatisticsPages find(Caller c, HypercallParameters in) {
        refusal = HvStatus.SUCCESS;
        object = StatisticsPages.WHOLE;
        int type = in.u32(HvStatistics.TYPE);
        if (type == HvStatistics.HYPERVISOR || type == HvStatistics.LOGICAL_PROCESSOR) {
            return findMachines(c, in, type);
        }
        if (type != HvStatistics.VP && type != HvStatistics.PARTITION) {
            refusal = HvStatus.INVALID_PARAMETER;
            return null;
        }
        Partition p = targets.any(c, in.u64(HvStatistics.OBJECT_PARTITION));
        if (p == null) {
            refusal = HvStatus.INVALID_PARTITION_ID;
            return null;
        }
        if (type == HvStatistics.VP) {
            object = in.u32(HvStatistics.OBJECT_VP);
            refusal = p.processors().containsKey(object) ? HvStatus.SUCCESS : HvStatus.INVALID_VP_INDEX;
        }
        checkArea(in);
        return refusal.ok() ? p.statistics() : null;
    }

    /** Counters of the machine are for a root alone. */
    private StatisticsPages findMachines(Caller c, HypercallParameters in, int type) {
        if (c.partition().root() == null) {
            refusal = HvStatus.ACCESS_DENIED;
            return null;
        }
        if (type == HvStatistics.LOGICAL_PROCESSOR) {
            object = in.u32(HvStatistics.OBJECT_LOGICAL_PROCESSOR);
            refusal = object >= 0 && object < partitions.logicalProcessors().count() ? HvStatus.SUCCESS : HvStatus.INVALID_LP_INDEX;
        }
        checkArea(in);
        return refusal.ok() ? c.partition().root().statistics() : null;
    }

    private void checkArea(HypercallParameters in) {
        if (refusal.ok() && in.u8(HvStatistics.OBJECT_AREA) > HvStatistics.PARENT) {
            refusal = HvStatus.INVALID_PARAMETER;
        }
    }

    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        StatisticsPages pages = find(c, in);
        HvStatus status = pages == null ? refusal : pages.map(c, object, in.u8(HvStatistics.OBJECT_AREA), in.u64(HvStatistics.LOCATION), partitions.ownership());
        in.put(0, 8, status.ok() ? in.u64(HvStatistics.LOCATION) : 0);
        return status;
    }

    /** The page is one that a root has deposited for itself; the output says which. */
    private HvStatus mapDeposited(Caller c, HypercallParameters in, int repetition) {
        if (c.partition().root() == null) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        StatisticsPages pages = find(c, in);
        HvResult gpn = pages == null ? HvResult.of(refusal) : pages.mapDeposited(c, object, in.u8(HvStatistics.OBJECT_AREA), partitions.deposits());
        in.put(0, 8, gpn.value());
        return gpn.status();
    }

    private HvStatus unmap(Caller c, HypercallParameters in, int repetition) {
        StatisticsPages pages = find(c, in);
        if (pages == null) {
            return refusal;
        }
        HvStatus status = pages.unmap(c, object, in.u8(HvStatistics.OBJECT_AREA), partitions.deposits());
        partitions.forgetOwn(c.partition());
        return status;
    }
}
