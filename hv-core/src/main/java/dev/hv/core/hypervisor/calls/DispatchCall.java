package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Dispatch;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvDispatch;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;

/** HvCallDispatchVp: a parent that schedules its children's processors itself has one run in place of its own that makes the call ({@link HvDispatch}). */
final class DispatchCall {

    private final Targets targets;

    DispatchCall(Targets targets) {
        this.targets = targets;
    }

    HypercallContract<Caller> contract() {
        return simple(HvCallCode.DISPATCH_VP, "HvCallDispatchVp", HvPrivilege.CREATE_PARTITIONS, HvDispatch.INPUT, HvDispatch.OUTPUT, this::dispatch);
    }

    /**
     * Nothing that processors keep from speculation to speculation is told apart here, so that what the flags and the last word of the input say about it makes no difference;
     * the register page's interrupts are not offered (CPUID leaf 0x40000003, ECX).
     */
    private HvStatus dispatch(Caller c, HypercallParameters in, int repetition) {
        // whatever comes of it, the call that was under way is over
        boolean underWay = c.vp() != null && c.vp().scheduling().dispatch().takeBegun(in.u64(0), in.u32(8));
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (c.vp() == null || !c.partition().properties().schedulesChildren()) {
            return HvStatus.OPERATION_DENIED;
        }
        VirtualProcessor child = p.processors().get(in.u32(8));
        if (child == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if ((in.u32(12) & ~HvDispatch.FLAGS) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        Dispatch its = child.scheduling().dispatch();
        if (its.dispatched()) {
            if (!underWay) {
                return HvStatus.INVALID_VP_STATE;
            }
            // this call has run it; another processor has taken it over since, and hears what becomes of it
            in.put(0, 8, HvDispatch.READY);
            return HvStatus.SUCCESS;
        }
        if (!underWay) {
            if ((in.u32(12) & HvDispatch.CLEAR_INTERCEPT_SUSPEND) != 0 && child.scheduling().interceptSuspended()) {
                child.statePages().take();
                child.intercepts().end();
            }
            if (its.begins()) {
                c.vp().scheduling().dispatch().begin(child, in.u64(16));
                return in.again();
            }
        }
        in.put(0, 8, its.answer());
        return HvStatus.SUCCESS;
    }
}
