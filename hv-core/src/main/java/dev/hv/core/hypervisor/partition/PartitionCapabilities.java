package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvProcessorFeatures;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.Processor;
import dev.hv.cpu.instructions.XsaveState;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;

/** Properties of a partition that its processors' model decides (TLFS, "Partition properties"): read only. */
final class PartitionCapabilities {

    /** HV_PARTITION_PROCESSOR_VENDOR. */
    private static final long AMD = 0;
    private static final long INTEL = 1;
    private static final long NANOS = 1_000_000_000L;

    private PartitionCapabilities() {}

    static HvResult get(Partition p, int code) {
        CpuModel m = p.model();
        return switch (code) {
            case HvPartitionProperty.PROCESSOR_VENDOR -> HvResult.success(m.intel() ? INTEL : AMD);
            case HvPartitionProperty.PROCESSOR_FEATURES0 -> HvResult.success(HvProcessorFeatures.bank0(m));
            case HvPartitionProperty.PROCESSOR_FEATURES1 -> HvResult.success(HvProcessorFeatures.bank1(m));
            case HvPartitionProperty.XSAVE_FEATURES -> HvResult.success(HvProcessorFeatures.xsave(m));
            case HvPartitionProperty.XSAVE_STATES -> HvResult.success(m.has(Feature.XSAVE) ? XsaveState.components(m) : 0);
            case HvPartitionProperty.MAX_XSAVE_SIZE -> HvResult.success(XsaveState.largestArea(m));
            case HvPartitionProperty.CLOCK_FREQUENCY -> HvResult.success(NANOS / Processor.APIC_NANOS_PER_TICK);
            case HvPartitionProperty.PHYSICAL_ADDRESS_WIDTH -> HvResult.success(m.physicalBits());
            default -> HvResult.of(HvStatus.UNKNOWN_PROPERTY);
        };
    }
}
