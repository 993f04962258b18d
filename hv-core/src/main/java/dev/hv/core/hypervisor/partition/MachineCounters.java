package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.LogicalCounters;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.HvStatistics;

/** Counters of the hypervisor and its logical processors, as {@link StatisticsPages} show them to a root. */
record MachineCounters(Partition root, Partitions partitions, VirtualClock clock) implements StatisticsPages.Source {

    private static final int NANOS = 100;

    @Override
    public void show(int object, StatisticsPages.Page to) {
        if (object == StatisticsPages.WHOLE) {
            hypervisor(to);
            return;
        }
        LogicalPlace place = partitions.logicalProcessors().at(object);
        LogicalCounters counters = place.processor().counters();
        to.put(HvStatistics.LOGICAL_TIME, clock.nanos() / NANOS);
        to.put(HvStatistics.LOGICAL_RUNTIME, counters.runtimeNanos() / NANOS);
        to.put(HvStatistics.LOGICAL_INTERRUPTS, counters.interrupts());
        to.put(HvStatistics.LOGICAL_SWITCHES, counters.switches());
        to.put(HvStatistics.LOGICAL_HALTS, counters.halts());
        to.put(HvStatistics.LOGICAL_ROOT_PROCESSOR, root.processors().containsKey(object) ? object : 0);
    }

    private void hypervisor(StatisticsPages.Page to) {
        long pages = 0;
        long processors = 0;
        for (Partition p : partitions.all()) {
            pages += PartitionCounters.deposited(p);
            processors += p.processors().size();
        }
        to.put(HvStatistics.HYPERVISOR_LOGICAL_PROCESSORS, partitions.logicalProcessors().count());
        to.put(HvStatistics.HYPERVISOR_PARTITIONS, partitions.all().size());
        to.put(HvStatistics.HYPERVISOR_PAGES, pages);
        to.put(HvStatistics.HYPERVISOR_PROCESSORS, processors);
    }
}
