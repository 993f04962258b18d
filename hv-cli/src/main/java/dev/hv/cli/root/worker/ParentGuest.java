package dev.hv.cli.root.worker;

import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.WinHv;
import java.util.function.BiConsumer;

/** What a guest needs that makes partitions itself. */
final class ParentGuest {

    /** Pages for a parent's calls beside one for each 2 MiB of its memory. */
    private static final int PAGES = 64;
    /** Pages for each processor that a guest in the root's place makes. */
    private static final int PROCESSOR_PAGES = 20;

    private ParentGuest() {}

    /** What a guest may do. */
    static long privileges(WorkerConfig config) {
        return !config.enlightened() ? 0 : switch (config.parent()) {
            case NONE -> HvPrivilege.CHILD;
            case CHILD -> HvPrivilege.PARENT;
            case ROOT -> HvPrivilege.ROOT_GUEST;
        };
    }

    /**
     * Before a partition has processors: deposits pages for it, says where the hypervisor's pages are in its memory, and who schedules.
     *
     * @param check is told what came of each call, and what was tried; throws where it failed
     */
    static void prepare(WorkerConfig config, WinHv hypervisor, long partition, BiConsumer<HvStatus, String> check) {
        if (config.parent() == WorkerConfig.Parent.NONE) {
            return;
        }
        // a table for each 2 MiB: it gives pages of its memory away one by one
        long tables = config.lowMemory() + config.highMemory() >>> 21;
        long own = config.root() ? (long) PROCESSOR_PAGES * config.processors() : 0;
        check.accept(hypervisor.reserve(partition, tables + PAGES + own), "deposit memory for a parent");
        if (config.schedules()) {
            check.accept(hypervisor.setPartitionProperty(partition, HvPartitionProperty.INTEGRATED_SCHEDULER, 1), "choose a scheduler");
        }
        if (config.root()) {
            hypervisor.placePages(partition, (config.lowMemory() >>> 12) - config.hypervisorPages());
        }
    }
}
