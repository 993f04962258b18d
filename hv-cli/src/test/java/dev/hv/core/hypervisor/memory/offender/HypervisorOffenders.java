package dev.hv.core.hypervisor.memory.offender;

import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.vmx.VmxBackend;
import dev.hv.cpu.svm.SvmUnit;
import dev.hv.cpu.vmx.VmxUnit;

/** Classes on the lowest floor of the hypervisor that each break a rule. */
public final class HypervisorOffenders {

    private HypervisorOffenders() {}

    public static final class SeesAPartition {
        Partition partition;
    }

    public static final class SeesTheHypervisor {
        Hypervisor hypervisor;
    }

    public static final class SeesAVendor {
        VmxBackend backend;
    }

    public static final class SeesTheProcessorsVmx {
        VmxUnit unit;
    }

    public static final class SeesTheProcessorsSvm {
        SvmUnit unit;
    }
}
