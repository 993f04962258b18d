package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.tlfs.HvStatistics;

/** Counters of a partition and its virtual processors, as {@link StatisticsPages} show them. */
record PartitionCounters(Partition partition) implements StatisticsPages.Source {

    private static final int NANOS = 100;

    @Override
    public void show(int object, StatisticsPages.Page to) {
        VirtualProcessor vp = partition.processors().get(object);
        if (vp != null) {
            to.put(HvStatistics.VP_RUNTIME, vp.scheduling().runtimeNanos() / NANOS);
            vp.counters().show(to);
            return;
        }
        to.put(HvStatistics.PARTITION_PROCESSORS, partition.processors().size());
        to.put(HvStatistics.PARTITION_DEPOSITED, deposited(partition));
        to.put(HvStatistics.PARTITION_INTERRUPTS, partition.root() == null ? 0 : partition.root().interrupts().count());
        to.put(HvStatistics.PARTITION_ID, partition.id());
        to.put(HvStatistics.PARTITION_CHILDREN, partition.children().size());
    }

    /** Pages that were deposited for a partition, by its parent and, in the root's place, by itself. */
    static long deposited(Partition p) {
        return pages(p.pool()) + (p.root() == null ? 0 : pages(p.root().deposited()));
    }

    private static long pages(PagePool pool) {
        return pool.size() + pool.used();
    }
}
