package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;
import static dev.hv.core.hypercall.HypercallContract.simple;
import static dev.hv.core.hypercall.HypercallContract.variable;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.VpSet;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvLimits;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about virtual processors: their life, what they wait for, interrupts among them (TLFS, "Virtual processors"). */
final class ProcessorCalls {

    private static final int LEAST_IPI_VECTOR = 16;
    private static final int CREATE_SIZE = 40;

    private final Partitions partitions;
    private final Targets targets;
    private final InitialContext initialContext = new InitialContext();

    ProcessorCalls(Partitions partitions, Targets targets) {
        this.partitions = partitions;
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.NOTIFY_LONG_SPIN_WAIT, "HvCallNotifyLongSpinWait", 0, 8, 0, this::longSpinWait),
                simple(HvCallCode.SEND_SYNTHETIC_CLUSTER_IPI, "HvCallSendSyntheticClusterIpi", 0, 16, 0, this::clusterIpi),
                variable(HvCallCode.SEND_SYNTHETIC_CLUSTER_IPI_EX, "HvCallSendSyntheticClusterIpiEx", 0, 24, this::clusterIpiEx),
                simple(HvCallCode.CREATE_VP, "HvCallCreateVp", HvPrivilege.CREATE_PARTITIONS, CREATE_SIZE, 0, this::create),
                simple(HvCallCode.DELETE_VP, "HvCallDeleteVp", HvPrivilege.CREATE_PARTITIONS, 16, 0, this::delete),
                simple(HvCallCode.START_VIRTUAL_PROCESSOR, "HvCallStartVirtualProcessor", HvPrivilege.START_VP, 16 + InitialContext.SIZE, 0,
                        this::startProcessor),
                rep(HvCallCode.GET_VP_INDEX_FROM_APIC_ID, "HvCallGetVpIndexFromApicId", 0, 16, 4, 4, ProcessorCalls::indexFromApicId));
    }

    /** Input: partition 0, index 8; where it is to run (from 15 on) is the scheduler's choice. It is made explicitly suspended. A root's own waits for its start-up interrupt. */
    private HvStatus create(Caller c, HypercallParameters in, int repetition) {
        if (c.partition().root() != null && Targets.self(c, in) != null) {
            return createOwn(c.partition(), in.u32(8), in.u64(32));
        }
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (p.state() != Partition.State.ACTIVE) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        int index = in.u32(8);
        if (index < 0 || index >= HvLimits.VIRTUAL_PROCESSORS || p.processors().containsKey(index)) {
            return HvStatus.INVALID_VP_INDEX;
        }
        return partitions.createProcessor(p, index);
    }

    /** A root names the logical processor by number in the flags. */
    private HvStatus createOwn(Partition root, int index, long logicalProcessor) {
        if (index < 0 || index >= partitions.logicalProcessors().count() || root.processors().containsKey(index)) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (logicalProcessor >>> 31 != 0 || !partitions.logicalProcessors().started((int) logicalProcessor)) {
            return HvStatus.INVALID_LP_INDEX;
        }
        return partitions.createOwnProcessor(root, index, (int) logicalProcessor);
    }

    /** Input: partition 0, index 8. */
    private HvStatus delete(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        VirtualProcessor vp = p.processors().get(in.u32(8));
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        partitions.deleteProcessor(p, vp);
        return HvStatus.SUCCESS;
    }

    private HvStatus longSpinWait(Caller c, HypercallParameters p, int repetition) {
        if (c.vp() != null) {
            c.vp().scheduling().yield();
        }
        return HvStatus.SUCCESS;
    }

    private HvStatus clusterIpi(Caller c, HypercallParameters p, int repetition) {
        return p.u8(4) != 0 ? HvStatus.INVALID_PARAMETER : ipi(c, p.u32(0), p.u64(8));
    }

    private HvStatus clusterIpiEx(Caller c, HypercallParameters p, int repetition) {
        return p.u8(4) != 0 || VpSet.bad(p, 8) ? HvStatus.INVALID_PARAMETER : ipi(c, p.u32(0), VpSet.mask(p, 8));
    }

    private static HvStatus ipi(Caller c, int vector, long mask) {
        if (vector < LEAST_IPI_VECTOR || vector > 0xFF) {
            return HvStatus.INVALID_PARAMETER;
        }
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if ((mask >>> vp.index() & 1) != 0) {
                vp.apic().accept(vector, false);
            }
        }
        return HvStatus.SUCCESS;
    }

    private HvStatus startProcessor(Caller c, HypercallParameters p, int repetition) {
        if (Targets.self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if (Targets.badVtl(p.u8(12))) {
            return HvStatus.INVALID_PARAMETER;
        }
        VirtualProcessor vp = Targets.processor(c, c.partition(), p.u32(8));
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        return vp.scheduling().waitsForStartup() ? initialContext.start(vp, p, 16) : HvStatus.INVALID_VP_STATE;
    }

    /** Input: partition 0, VTL 8; element: APIC id. */
    private static HvStatus indexFromApicId(Caller c, HypercallParameters p, int repetition) {
        if (Targets.self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if (Targets.badVtl(p.u8(8))) {
            return HvStatus.INVALID_PARAMETER;
        }
        int id = p.u32(p.element(repetition));
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if (vp.apic().id() == id) {
                p.put(p.outputAt(repetition), 4, vp.index());
                return HvStatus.SUCCESS;
            }
        }
        return HvStatus.INVALID_PARAMETER;
    }
}
