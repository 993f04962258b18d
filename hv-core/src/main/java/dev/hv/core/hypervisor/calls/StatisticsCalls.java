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

/** Hypercalls about pages of statistics ({@link HvStatistics}): of the caller's own partition and of its children. */
final class StatisticsCalls {

    private final Targets targets;
    private final Partitions partitions;
    private int vp;

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

    /** Finds the object's partition, or null, and {@link #vp}. */
    private Partition find(Caller c, HypercallParameters in) {
        Partition p = targets.any(c, in.u64(HvStatistics.OBJECT_PARTITION));
        vp = in.u32(HvStatistics.TYPE) == HvStatistics.VP ? in.u32(HvStatistics.OBJECT_VP) : StatisticsPages.WHOLE;
        return p;
    }

    private HvStatus check(HypercallParameters in, Partition p) {
        int type = in.u32(HvStatistics.TYPE);
        if (type != HvStatistics.VP && type != HvStatistics.PARTITION) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (p == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if (type == HvStatistics.VP && !p.processors().containsKey(vp)) {
            return HvStatus.INVALID_VP_INDEX;
        }
        return in.u8(HvStatistics.OBJECT_AREA) <= HvStatistics.PARENT ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
    }

    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        Partition p = find(c, in);
        HvStatus status = check(in, p);
        if (status.ok()) {
            status = p.statistics().map(c, vp, in.u8(HvStatistics.OBJECT_AREA), in.u64(HvStatistics.LOCATION), partitions.ownership());
        }
        in.put(0, 8, status.ok() ? in.u64(HvStatistics.LOCATION) : 0);
        return status;
    }

    /** The page is one that a root has deposited for itself; the output says which. */
    private HvStatus mapDeposited(Caller c, HypercallParameters in, int repetition) {
        Partition p = find(c, in);
        HvStatus status = check(in, p);
        if (c.partition().root() == null) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        HvResult gpn = status.ok() ? p.statistics().mapDeposited(c, vp, in.u8(HvStatistics.OBJECT_AREA), partitions.deposits()) : HvResult.of(status);
        in.put(0, 8, gpn.value());
        return gpn.status();
    }

    private HvStatus unmap(Caller c, HypercallParameters in, int repetition) {
        Partition p = find(c, in);
        HvStatus status = check(in, p);
        if (status.ok()) {
            status = p.statistics().unmap(c, vp, in.u8(HvStatistics.OBJECT_AREA), partitions.deposits());
            partitions.forgetOwn(c.partition());
        }
        return status;
    }
}
