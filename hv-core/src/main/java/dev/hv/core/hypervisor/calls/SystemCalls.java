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
import dev.hv.core.tlfs.HvSystemProperty;
import java.util.List;

/** Hypercalls by which a root has to do with the machine as a whole: logical processors, system properties, sleep (hvhdk_mini.h and hv_proc.c of Linux). */
final class SystemCalls {

    /** HV_LP_STARTUP_STATUS: a status and six substatuses. */
    private static final int STARTUP_STATUS = 56;
    private static final int RUN_TIME = 32;
    private static final int NANOS = 100;
    /** HV_PARTITION_EVENT: a debug device is there, a crash dump is to be written, ACPI is on again, all processors run. */
    private static final int LAST_EVENT = 4;

    private final Partitions partitions;

    SystemCalls(Partitions partitions) {
        this.partitions = partitions;
    }

    List<HypercallContract<Caller>> contracts() {
        long manage = HvPrivilege.CPU_MANAGEMENT;
        return List.of(
                simple(HvCallCode.GET_LOGICAL_PROCESSOR_RUN_TIME, "HvCallGetLogicalProcessorRunTime", manage, 8, RUN_TIME, this::runTime),
                simple(HvCallCode.ADD_LOGICAL_PROCESSOR, "HvCallAddLogicalProcessor", manage, 16, STARTUP_STATUS, this::addProcessor),
                simple(HvCallCode.SET_SYSTEM_PROPERTY, "HvCallSetSystemProperty", manage, 16, 0, SystemCalls::setProperty),
                simple(HvCallCode.GET_SYSTEM_PROPERTY, "HvCallGetSystemProperty", manage, 8, 8, SystemCalls::property),
                simple(HvCallCode.ENTER_SLEEP_STATE, "HvCallEnterSleepState", manage, 8, 0, SystemCalls::sleep),
                simple(HvCallCode.NOTIFY_PARTITION_EVENT, "HvCallNotifyPartitionEvent", manage, 8, 0, SystemCalls::notifyEvent));
    }

    /** Input: logical processor, u32; output: reference time 0, run time 8, reserved 16, the hypervisor's own time 24, in 100 ns. */
    private HvStatus runTime(Caller c, HypercallParameters in, int repetition) {
        if (!partitions.logicalProcessors().started(in.u32(0))) {
            return HvStatus.INVALID_LP_INDEX;
        }
        long run = 0;
        for (Partition p : partitions.all()) {
            for (VirtualProcessor vp : p.processors().values()) {
                run += vp.scheduling().position() == in.u32(0) ? vp.scheduling().runtimeNanos() / NANOS : 0;
            }
        }
        in.clearOutput(RUN_TIME);
        in.put(0, 8, c.partition().guestInterface() == null ? 0 : c.partition().guestInterface().time().now());
        in.put(8, 8, run);
        return HvStatus.SUCCESS;
    }

    /** Input: logical processor 0, APIC id 4, proximity 8; output: how it started. */
    private HvStatus addProcessor(Caller c, HypercallParameters in, int repetition) {
        in.clearOutput(STARTUP_STATUS);
        return c.partition().root() == null ? HvStatus.FEATURE_UNAVAILABLE : partitions.logicalProcessors().start(in.u32(0), in.u32(4));
    }

    /** Input: property, u32; output: value, as wide as the property is. */
    private static HvStatus property(Caller c, HypercallParameters in, int repetition) {
        long value;
        switch (in.u32(0)) {
            case HvSystemProperty.SCHEDULER_TYPE -> value = c.partition().properties().schedulesChildren() ? HvSystemProperty.SCHEDULER_ROOT : HvSystemProperty.SCHEDULER_CORE;
            case HvSystemProperty.CRASH_DUMP_AREA -> value = 0;
            default -> {
                return HvStatus.UNKNOWN_PROPERTY;
            }
        }
        in.put(0, 8, value);
        return HvStatus.SUCCESS;
    }

    /** Input: property 0, reserved 4, value from 8 on. */
    private static HvStatus setProperty(Caller c, HypercallParameters in, int repetition) {
        if (c.partition().root() == null) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        if (in.u32(0) != HvSystemProperty.SLEEP_STATE) {
            return HvStatus.UNKNOWN_PROPERTY;
        }
        if (in.u32(8) != HvSystemProperty.S5) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        c.partition().root().setSleepType(in.u8(12));
        return HvStatus.SUCCESS;
    }

    /** Input: state, u32. What it is on this machine must have been said; who has the machine's board does it. */
    private static HvStatus sleep(Caller c, HypercallParameters in, int repetition) {
        if (c.partition().root() == null) {
            return HvStatus.FEATURE_UNAVAILABLE;
        }
        if (in.u32(0) != HvSystemProperty.S5) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (c.partition().root().sleepType() < 0 || c.partition().handler() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        c.partition().handler().sleep(c.partition().root().sleepType());
        return HvStatus.SUCCESS;
    }

    /** Input: event, u32, and what belongs to it. There is nothing that waits for any of them. */
    private static HvStatus notifyEvent(Caller c, HypercallParameters in, int repetition) {
        return in.u32(0) < 1 || in.u32(0) > LAST_EVENT ? HvStatus.INVALID_PARAMETER : HvStatus.SUCCESS;
    }
}
