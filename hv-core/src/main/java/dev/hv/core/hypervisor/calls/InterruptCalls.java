package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvInterruptType;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about interrupts and intercepts of children (TLFS, "Virtual interrupt control", "Intercepts"). */
final class InterruptCalls {

    private static final int ACCESSES = HvInterceptType.READ | HvInterceptType.WRITE | HvInterceptType.EXECUTE;

    private final Targets targets;
    private final VirtualizationBackend backend;

    InterruptCalls(Targets targets, VirtualizationBackend backend) {
        this.targets = targets;
        this.backend = backend;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.INSTALL_INTERCEPT, "HvCallInstallIntercept", HvPrivilege.CREATE_PARTITIONS, 24, 0, this::install),
                simple(HvCallCode.CLEAR_VIRTUAL_INTERRUPT, "HvCallClearVirtualInterrupt", HvPrivilege.CREATE_PARTITIONS, 8, 0, this::clear),
                simple(HvCallCode.ASSERT_VIRTUAL_INTERRUPT, "HvCallAssertVirtualInterrupt", HvPrivilege.CREATE_PARTITIONS, 32, 0, this::assertInterrupt));
    }

    /**
     * Input: partition 0, accesses 8, type 12, parameter 16. Ports, unmapped memory, ends of level-triggered interrupts and the end of a
     * partition always come to its parent; what else may be asked for is in {@link HvInterceptType}.
     */
    private HvStatus install(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if ((in.u32(8) & ~ACCESSES) != 0 || !HvInterceptType.known(in.u32(12))) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (in.u32(12) == HvInterceptType.MSR_INDEX && !backend.exits((int) in.u64(16))) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        HvStatus status = p.intercepts().install(in.u32(12), in.u32(8), in.u64(16));
        if (in.u32(12) == HvInterceptType.EXCEPTION && status.ok()) {
            p.processors().values().forEach(vp -> {
                vp.context().store();
                vp.context().load();
            });
        }
        return status;
    }

    /**
     * Input: partition 0, control 8, destination 16, vector 24, trust level 28. The types of local interrupts drive a pin of the processors
     * addressed, until {@link #clear}.
     */
    private HvStatus assertInterrupt(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        long control = in.u64(8);
        int type = (int) control;
        int vector = in.u32(24);
        long destination = in.u64(16);
        if ((control & ~(0xFFFF_FFFFL | HvInterruptType.LEVEL_TRIGGERED | HvInterruptType.LOGICAL_DESTINATION)) != 0 || type < 0 || type > HvInterruptType.LOCAL_INT1 || vector < 0 || vector > 0xFF
                || destination >>> 32 != 0 || Targets.badVtl(in.u8(28))) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (p.state() != Partition.State.ACTIVE) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        boolean logical = (control & HvInterruptType.LOGICAL_DESTINATION) != 0;
        if (type >= HvInterruptType.LOCAL_INT0) {
            for (VirtualProcessor vp : p.processors().values()) {
                if (vp.apic().matches((int) destination, logical)) {
                    vp.apic().setLint(type - HvInterruptType.LOCAL_INT0, true);
                }
            }
        } else {
            p.router().deliver((int) destination, logical, type, vector, (control & HvInterruptType.LEVEL_TRIGGERED) != 0);
        }
        return HvStatus.SUCCESS;
    }

    /** Input: partition 0. The pins of local interrupts are no longer driven. */
    private HvStatus clear(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        for (VirtualProcessor vp : p.processors().values()) {
            vp.apic().setLint(0, false);
            vp.apic().setLint(1, false);
        }
        return HvStatus.SUCCESS;
    }
}
