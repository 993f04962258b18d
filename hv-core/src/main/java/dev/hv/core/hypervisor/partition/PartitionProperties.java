package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSyntheticFeatures;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.LongSupplier;

/** What a parent sets of a partition as a whole (TLFS, "Partition properties"), and what that makes of the partition's time. */
public final class PartitionProperties implements Saveable {

    private static final int VERSION = 2;
    private static final long RUNNING = -1;
    private static final int NOBODY = -1;

    private final Partition partition;
    private final LongSupplier machineTsc;
    private long features;
    private boolean ignoresUnknownMsrs;
    private boolean schedulesChildren;
    private long processorsPerSocket = 1;
    /** What the partition's time-stamp counters are ahead of the machine's. */
    private long tscOffset;
    /** Where they stand still; {@link #RUNNING} when they run. */
    private long frozenAt = RUNNING;
    /** Index of the processor with whose counter the partition's was moved last. */
    private int tscSetBy = NOBODY;

    /** Of a partition that was just created. */
    PartitionProperties(Partition partition, LongSupplier machineTsc) {
        this.partition = partition;
        this.machineTsc = machineTsc;
    }

    /** Reads a property by its code, {@link HvPartitionProperty}. */
    public HvResult get(int code) {
        return switch (code) {
            case HvPartitionProperty.PRIVILEGE_FLAGS -> HvResult.success(partition.privileges());
            case HvPartitionProperty.SYNTHETIC_FEATURES -> HvResult.success(features);
            case HvPartitionProperty.TIME_FREEZE -> HvResult.success(frozenAt == RUNNING ? 0 : 1);
            case HvPartitionProperty.REFERENCE_TIME -> partition.guestInterface() == null ? HvResult.of(HvStatus.INVALID_PARTITION_STATE)
                    : HvResult.success(partition.guestInterface().time().now());
            case HvPartitionProperty.PROCESSORS_PER_SOCKET -> HvResult.success(processorsPerSocket);
            case HvPartitionProperty.UNIMPLEMENTED_MSR_ACTION -> HvResult.success(ignoresUnknownMsrs ? 1 : 0);
            case HvPartitionProperty.INTEGRATED_SCHEDULER -> HvResult.success(schedulesChildren ? 1 : 0);
            case HvPartitionProperty.GPA_PAGE_ACCESS_TRACKING -> HvResult.success(partition.space() != null && partition.space().tracked() ? 1 : 0);
            default -> PartitionCapabilities.get(partition, code);
        };
    }

    /** What its guest has of the hypervisor's interface, {@link HvSyntheticFeatures}: the privileges go with it. Before initialization. */
    public void setFeatures(long mask) {
        features = mask;
        partition.setPrivileges(HvSyntheticFeatures.privileges(mask));
    }

    /** Whether an access to an MSR that the processor does not have is none, instead of #GP. */
    public void setIgnoresUnknownMsrs(boolean on) {
        ignoresUnknownMsrs = on;
    }

    public boolean ignoresUnknownMsrs() {
        return ignoresUnknownMsrs;
    }

    /** Whether it runs the processors of the partitions that it makes itself, by HvCallDispatchVp. */
    public boolean schedulesChildren() {
        return schedulesChildren;
    }

    /** Says who runs the processors of the partitions that it makes: before it makes any. */
    public void setSchedulesChildren(boolean on) {
        schedulesChildren = on;
    }

    /** Processors of a socket, at least 1. */
    public void setProcessorsPerSocket(long count) {
        processorsPerSocket = count;
    }

    /** Stops the partition's time, or lets it go on from where it stood. Its processors are not to run meanwhile. */
    public void freeze(boolean on) {
        if (on == (frozenAt != RUNNING)) {
            return;
        }
        if (on) {
            frozenAt = machineTsc.getAsLong() + tscOffset;
            return;
        }
        tscOffset = frozenAt - machineTsc.getAsLong();
        frozenAt = RUNNING;
        reload();
    }

    /** Sets reference time: that of a partition that was saved, or comes from elsewhere. What its timers wait for comes nearer, or is farther away. */
    public HvStatus setReferenceTime(long value) {
        if (partition.guestInterface() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (value < 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        partition.guestInterface().setReferenceTime(value);
        reload();
        return HvStatus.SUCCESS;
    }

    private void reload() {
        for (VirtualProcessor vp : partition.processors().values()) {
            vp.context().store();
            vp.context().load();
        }
    }

    /**
     * The parent writes the time-stamp counter of a processor. A partition's counters run together, as those of a machine do: the first that is written moves them all, and
     * reference time does not notice. A second's difference to what another processor was given before is only the time that it took to say the same of all of them.
     */
    public void setTsc(VirtualProcessor of, long value) {
        long moved = value - tsc();
        boolean again = tscSetBy != NOBODY && tscSetBy != of.index() && Math.abs(moved) < partition.model().tscHz();
        of.context().store();
        of.registers().tscAdjust = 0;
        if (again) {
            of.context().load();
            return;
        }
        tscSetBy = of.index();
        Runnable move = () -> {
            tscOffset += moved;
            frozenAt = frozenAt == RUNNING ? RUNNING : value;
        };
        if (partition.guestInterface() == null) {
            move.run();
        } else {
            partition.guestInterface().followTsc(move);
        }
        reload();
    }

    long tscOffset() {
        return tscOffset;
    }

    /** The partition's time-stamp counters, without any processor's own adjustment. */
    long tsc() {
        return frozenAt == RUNNING ? machineTsc.getAsLong() + tscOffset : frozenAt;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("partition-properties", VERSION);
        out.put("features", features);
        out.put("ignores-unknown-msrs", ignoresUnknownMsrs);
        out.put("schedules-children", schedulesChildren);
        out.put("processors-per-socket", processorsPerSocket);
        out.put("tsc-offset", tscOffset);
        out.put("frozen-at", frozenAt);
        out.put("tsc-set-by", tscSetBy);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("partition-properties", VERSION);
        features = in.take();
        ignoresUnknownMsrs = in.takeBoolean();
        schedulesChildren = in.takeBoolean();
        processorsPerSocket = in.take();
        tscOffset = in.take();
        frozenAt = in.take();
        tscSetBy = (int) in.take();
        in.end();
    }
}
