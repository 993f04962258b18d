package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvVpStatePage;
import java.util.List;

/**
 * Hypercalls about pages in which a parent has the state of a child's virtual processor (TLFS, HvCallMapVpStatePage). Input: partition 0, processor 8,
 * type 12 (16 bits), trust level 14.
 */
final class StatePageCalls {

    private final Targets targets;
    private final Partitions partitions;
    private VirtualProcessor target;

    StatePageCalls(Targets targets, Partitions partitions) {
        this.targets = targets;
        this.partitions = partitions;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.MAP_VP_STATE_PAGE, "HvCallMapVpStatePage", HvPrivilege.CREATE_PARTITIONS, 24, 8, this::map),
                simple(HvCallCode.UNMAP_VP_STATE_PAGE, "HvCallUnmapVpStatePage", HvPrivilege.CREATE_PARTITIONS, 16, 0, this::unmap));
    }

    /** Finds {@link #target}. */
    private HvStatus find(Caller c, HypercallParameters in) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        target = p.processors().get(in.u32(8));
        if (target == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        return in.u16(12) >= HvVpStatePage.TYPES || Targets.badVtl(in.u8(14)) ? HvStatus.INVALID_PARAMETER : HvStatus.SUCCESS;
    }

    /**
     * Input: flags 15, page number of the caller's 16; output: page number. Without a page of the caller's it is one that was deposited for the partition,
     * which the caller finds where it was.
     */
    private HvStatus map(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = find(c, in);
        if (!status.ok()) {
            return status;
        }
        int type = in.u16(12);
        if ((in.u8(15) & ~HvVpStatePage.LOCATION_PROVIDED) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if ((in.u8(15) & HvVpStatePage.LOCATION_PROVIDED) != 0) {
            status = target.statePages().map(type, in.u64(16), partitions.ownership());
        } else {
            status = c.partition().space() == null ? target.statePages().map(type) : target.statePages().mapDeposited(type, partitions.deposits());
        }
        in.put(0, 8, status.ok() ? target.statePages().number(type) : 0);
        return status;
    }

    /** Input: reserved 15. */
    private HvStatus unmap(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = find(c, in);
        if (!status.ok()) {
            return status;
        }
        if (in.u8(15) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        status = target.statePages().unmap(in.u16(12), partitions.deposits());
        partitions.forgetOwn(c.partition());
        return status;
    }
}
