package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvGpaAccess;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about memory: what a parent deposits for its children, and what it maps into them (TLFS, "Memory management"). */
final class MemoryCalls {

    private static final int MAP_FLAGS = HvMapFlags.ALL | HvMapFlags.ADJUSTABLE | HvMapFlags.NO_ACCESS | HvMapFlags.NOT_CACHED | HvMapFlags.LARGE;
    private static final int LARGE_SHIFT = 9;
    /** Work of 512 mappings in a run, which share their tables, beside that of one. */
    private static final int LARGE_WORK = 8;

    /** Pages of I/O APICs, local APICs and the IOMMU's registers. */
    private static final long CONTROLLERS = 0xFEC00;
    private static final long CONTROLLERS_END = 0x10_0000;

    private final Partitions partitions;
    private final Targets targets;
    private final long[] done = new long[1];

    MemoryCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                rep(HvCallCode.DEPOSIT_MEMORY, "HvCallDepositMemory", HvPrivilege.ACCESS_MEMORY_POOL, 8, 8, 0, this::deposit).endingWith(this::forgetOwn),
                rep(HvCallCode.WITHDRAW_MEMORY, "HvCallWithdrawMemory", HvPrivilege.ACCESS_MEMORY_POOL, 16, 0, 8, this::withdraw).endingWith(this::forgetOwn),
                rep(HvCallCode.MAP_GPA_PAGES, "HvCallMapGpaPages", HvPrivilege.CREATE_PARTITIONS, 24, 8, 0, this::map).endingWith(this::forget),
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
        if (p == c.partition() && p.space() != null && p.root() == null) {
            return HvStatus.OPERATION_DENIED;
        }
        long gpn = in.u64(in.element(repetition));
        return badRange(gpn, 1) ? HvStatus.INVALID_PARAMETER : partitions.deposits().deposit(c, p == c.partition() && p.root() != null ? p.root().deposited() : p.pool(), gpn);
    }

    /** Input: partition 0, proximity 8; element of the output: page number. NO_RESOURCES when all pages are in use or set aside. */
    private HvStatus withdraw(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.any(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p == c.partition() && p.space() != null) {
            return HvStatus.OPERATION_DENIED;
        }
        HvResult gpn = partitions.deposits().withdraw(c.partition(), p.pool());
        in.put(in.outputAt(repetition), 8, gpn.value());
        return gpn.status();
    }

    /**
     * Input: partition 0, first page number 8, flags 16; element: page number of the caller's. INSUFFICIENT_MEMORY asks for a deposit. What is mapped without
     * access names no pages.
     */
    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.space() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        int flags = in.u32(16);
        int rights = flags & HvMapFlags.ALL;
        boolean withheld = (flags & HvMapFlags.NO_ACCESS) != 0;
        long count = run(in, flags);
        long gpn = in.u64(8) + repetition * count;
        long source = in.u64(in.element(repetition));
        if (badRange(in.u64(8), (repetition + 1L) * count) || badRun(gpn, count) || (flags & ~MAP_FLAGS) != 0 || withheld == ((rights & HvMapFlags.READABLE) != 0)
                || withheld && rights != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (withheld) {
            return p.space().withhold(gpn, count);
        }
        if (badRange(source, count) || badRun(source, count)) {
            return HvStatus.INVALID_PARAMETER;
        }
        if ((flags & HvMapFlags.NOT_CACHED) != 0 && !partitions.memory().isRam(source << 12)) {
            return mapDevice(c, p, gpn, source, count, rights);
        }
        return c.partition().space() == null ? p.space().map(gpn, source, count, rights, done) : mapGuests(c, p, gpn, source, count, rights);
    }

    /** Registers of a device that the root has, where the guest has no memory. Interrupt controllers and the IOMMU are the hypervisor's. */
    private HvStatus mapDevice(Caller c, Partition p, long gpn, long source, long count, int rights) {
        if (c.partition().space() != null || (rights & HvMapFlags.EXECUTABLE) != 0 || source < CONTROLLERS_END && source + count > CONTROLLERS || source + count > 1L << p.model().physicalBits() - 12) {
            return HvStatus.ACCESS_DENIED;
        }
        for (int i = 0; i < count; i++) {
            if (partitions.memory().isRam(source + i << 12) || p.space().mapped(gpn + i)) {
                return HvStatus.ACCESS_DENIED;
            }
        }
        return p.space().map(gpn, source, count, rights | HvMapFlags.NOT_CACHED, done);
    }

    /** Pages of a caller that is a guest: what it sees as a run need not be one. */
    private HvStatus mapGuests(Caller c, Partition p, long gpn, long source, long count, int rights) {
        HvStatus status = HvStatus.SUCCESS;
        for (long at = 0; at < count && status.ok(); ) {
            long page = c.page(source + at, rights);
            if (page < 0) {
                return HvStatus.INVALID_PARAMETER;
            }
            long together = Math.min(count - at, c.partition().space().run(source + at << 12) >>> 12);
            status = p.space().map(gpn + at, page >>> 12, together, rights, done);
            at += together;
        }
        return status;
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

    /** The same of the caller's own pages, which it gives away and gets back. */
    private void forgetOwn(Caller c, HypercallParameters in) {
        partitions.forgetOwn(c.partition());
    }

    /** Processors forget once, behind a run of repetitions, what mappings or flags they may have cached. */
    private void forget(Caller c, HypercallParameters in) {
        Partition p = targets.child(c, in);
        if (p == null || p.space() == null) {
            return;
        }
        if (p.space().takeStale()) {
            partitions.backend().invalidate(p.space());
        }
        partitions.revoke(p);
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
