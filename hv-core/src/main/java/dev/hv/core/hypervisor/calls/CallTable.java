package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallDispatcher;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.tlfs.HvPrivilege;
import java.util.ArrayList;
import java.util.List;

/** All hypercalls, each with its contract: the same for guests and for the root partition's services. */
public final class CallTable {

    private CallTable() {}

    /** A dispatcher of all calls. */
    public static HypercallDispatcher<Caller> dispatcher(Partitions partitions) {
        return new HypercallDispatcher<>(contracts(partitions), HvPrivilege.FAST_OUTPUT);
    }

    /** All calls. */
    public static List<HypercallContract<Caller>> contracts(Partitions partitions) {
        var targets = new Targets(partitions);
        List<HypercallContract<Caller>> all = new ArrayList<>();
        all.addAll(new TlbCalls().contracts());
        all.addAll(new PartitionCalls(partitions, targets).contracts());
        all.addAll(new PropertyCalls(partitions, targets).contracts());
        all.addAll(new MemoryCalls(partitions, targets).contracts());
        all.addAll(new ProcessorCalls(partitions, targets).contracts());
        all.addAll(new RegisterCalls(targets).contracts());
        all.addAll(new StatePageCalls(targets, partitions).contracts());
        all.addAll(new StatisticsCalls(targets, partitions).contracts());
        all.addAll(new CpuidCalls(targets).contracts());
        all.addAll(new VpStateCalls(targets, partitions.memory()).contracts());
        all.add(new TranslationCall(targets).contract());
        all.addAll(new MessageCalls(targets).contracts());
        all.addAll(new InterruptCalls(targets, partitions.backend()).contracts());
        all.addAll(new DeviceMemoryCalls(partitions.backend()).contracts());
        all.addAll(new DeviceCalls(partitions, targets).contracts());
        all.addAll(new SystemCalls(partitions).contracts());
        all.add(new DispatchCall(targets).contract());
        return all;
    }
}
