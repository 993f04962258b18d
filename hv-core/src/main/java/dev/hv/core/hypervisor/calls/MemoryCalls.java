package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about memory: what a parent deposits for its children, and what it maps into them (TLFS, "Memory management"). */
final class MemoryCalls {

    private static final int LARGE_SHIFT = 9;
    /** Work of 512 mappings in a run, which share their tables, beside that of one. */
    private static final int LARGE_WORK = 8;

    private final Partitions partitions;
    private final Targets targets;
    private final long[] done = new long[1];

    MemoryCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                rep(HvCallCode.DEPOSIT_MEMORY, "HvCallDepositMemory", HvPrivilege.ACCESS_MEMORY_POOL, 8, 8, 0, this::deposit),
                rep(HvCallCode.WITHDRAW_MEMORY, "HvCallWithdrawMemory", HvPrivilege.ACCESS_MEMORY_POOL, 16, 0, 8, this::withdraw),
                rep(HvCallCode.MAP_GPA_PAGES, "HvCallMapGpaPages", HvPrivilege.CREATE_PARTITIONS, 24, 8, 0, this::map),
                rep(HvCallCode.UNMAP_GPA_PAGES, "HvCallUnmapGpaPages", HvPrivilege.CREATE_PARTITIONS, 24, 0, 0, this::unmap).endingWith(this::forget),
                rep(HvCallCode.GET_GPA_PAGES_ACCESS_STATES, "HvCallGetGpaPagesAccessStates", HvPrivilege.CREATE_PARTITIONS, 24, 0, 1, this::access)
                        .endingWith(this::forget));
    }

    /** Input: partition 0; element: page number of the caller's. */
    private HvStatus deposit(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.any(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        long gpn = in.u64(in.element(repetition));
        if (badRange(gpn, 1)) {
            return HvStatus.INVALID_PARAMETER;
        }
        long page = gpn * SystemMemory.PAGE;
        if (!partitions.ownership().give(page)) {
            return HvStatus.ACCESS_DENIED;
        }
        p.pool().deposit(page);
        return HvStatus.SUCCESS;
    }

    /** Input: partition 0, proximity 8; element of the output: page number. NO_RESOURCES when all pages are in use or set aside. */
    private HvStatus withdraw(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.any(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        long page = p.pool().withdraw();
        if (page < 0) {
            return HvStatus.NO_RESOURCES;
        }
        partitions.ownership().giveBack(page);
        in.put(in.outputAt(repetition), 8, page / SystemMemory.PAGE);
        return HvStatus.SUCCESS;
    }

    /** Input: partition 0, first page number 8, flags 16; element: page number of the caller's. INSUFFICIENT_MEMORY asks for a deposit. */
    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.space() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        int flags = in.u32(16);
        int rights = flags & ~HvMapFlags.LARGE;
        long count = run(in, flags);
        long gpn = in.u64(8) + repetition * count;
        long source = in.u64(in.element(repetition));
        if (badRange(in.u64(8), (repetition + 1L) * count) || badRange(source, count) || badRun(gpn | source, count) || (rights & ~HvMapFlags.ALL) != 0
                || (rights & HvMapFlags.READABLE) == 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        return p.space().map(gpn, source, count, rights, done);
    }

    /** Input: partition 0, first page number 8, flags 16. */
    private HvStatus unmap(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.space() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        int flags = in.u32(16);
        long count = run(in, flags);
        long gpn = in.u64(8) + repetition * count;
        if ((flags & ~HvMapFlags.LARGE) != 0 || badRange(in.u64(8), (repetition + 1L) * count) || badRun(gpn, count)) {
            return HvStatus.INVALID_PARAMETER;
        }
        return p.space().unmap(gpn, count);
    }

    /** Input: partition 0, changes 8, first page number 16; output: a byte of flags for each page. The partition must be tracked. */
    private HvStatus access(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.space() == null || !p.space().tracked()) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if ((in.u64(8) & ~HvGpaAccess.CHANGES) != 0 || badRange(in.u64(16), repetition + 1L)) {
            return HvStatus.INVALID_PARAMETER;
        }
        in.put(in.outputAt(repetition), 1, p.space().access(in.u64(16) + repetition, in.u32(8)));
        return HvStatus.SUCCESS;
    }

    /** Processors forget once, behind a run of repetitions, what mappings or flags they may have cached. */
    private void forget(Caller c, HypercallParameters in) {
        Partition p = targets.child(c, in);
        if (p != null && p.space() != null && p.space().takeStale()) {
            partitions.backend().invalidate(p.space());
        }
    }

    /** Pages that a repetition is about. */
    private static long run(HypercallParameters in, int flags) {
        if ((flags & HvMapFlags.LARGE) == 0) {
            return 1;
        }
        in.charge(LARGE_WORK);
        return 1L << LARGE_SHIFT;
    }

    private static boolean badRun(long first, long count) {
        return (first & count - 1) != 0;
    }

    private static boolean badRange(long gpn, long count) {
        return gpn < 0 || gpn > GuestPhysicalSpace.LIMIT - count;
    }
}
