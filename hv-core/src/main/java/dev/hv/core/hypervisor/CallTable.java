package dev.hv.core.hypervisor;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallDispatcher;
import dev.hv.core.tlfs.HvPrivilege;
import java.util.ArrayList;
import java.util.List;

/** All hypercalls, each with its contract: the same for guests and for the root partition's services. */
final class CallTable {

    private CallTable() {}

    /** A dispatcher of all calls. */
    static HypercallDispatcher<Caller> dispatcher(Hypervisor hypervisor) {
        return new HypercallDispatcher<>(contracts(hypervisor), HvPrivilege.FAST_OUTPUT);
    }

    /** All calls. */
    static List<HypercallContract<Caller>> contracts(Hypervisor hypervisor) {
        var targets = new Targets(hypervisor.partitions());
        List<HypercallContract<Caller>> all = new ArrayList<>();
        all.addAll(new TlbCalls().contracts());
        all.addAll(new PartitionCalls(hypervisor, targets).contracts());
        all.addAll(new MemoryCalls(hypervisor, targets).contracts());
        all.addAll(new ProcessorCalls(hypervisor, targets).contracts());
        all.addAll(new RegisterCalls(targets).contracts());
        all.add(new TranslationCall(targets).contract());
        all.addAll(new MessageCalls(targets).contracts());
        all.addAll(new InterruptCalls(targets).contracts());
        all.addAll(new DeviceMemoryCalls(hypervisor.backend()).contracts());
        return all;
    }
}
