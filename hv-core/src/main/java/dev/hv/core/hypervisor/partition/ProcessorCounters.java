package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * What a virtual processor has done so far, as pages of statistics show it ({@link HvStatistics}). Only what its guest brought about counts: exits at the end of a turn
 * come where the run is stopped, for a checkpoint for one.
 */
public final class ProcessorCounters implements Saveable {

    private static final int VERSION = 1;
    /** Those that are counted, by their numbers. */
    private static final int[] NUMBERS = {HvStatistics.VP_HYPERCALLS, HvStatistics.VP_IO, HvStatistics.VP_HALTS, HvStatistics.VP_CPUID, HvStatistics.VP_MSRS, HvStatistics.VP_OTHER, HvStatistics.VP_EMULATED,
        HvStatistics.VP_IO_MESSAGES, HvStatistics.VP_MEMORY_MESSAGES, HvStatistics.VP_OTHER_MESSAGES, HvStatistics.VP_NESTED_FAULTS, HvStatistics.VP_DISPATCHES};

    private final long[] counts = new long[HvStatistics.VP_DISPATCHES + 1];

    ProcessorCounters() {}

    /** An exit that its guest brought about, and that is the hypervisor's. */
    public void exit(VmExit.Kind kind) {
        int number = number(kind);
        if (number != 0) {
            counts[number]++;
        }
    }

    private static int number(VmExit.Kind kind) {
        return switch (kind) {
            case PHYSICAL_INTERRUPT, INTERRUPT_WINDOW, NMI_WINDOW, TIMER, INIT, SIPI, ENTRY_FAILED, UNSUPPORTED, HYPERCALL -> 0;
            case IO -> HvStatistics.VP_IO;
            case HLT -> HvStatistics.VP_HALTS;
            case CPUID -> HvStatistics.VP_CPUID;
            case MSR_READ, MSR_WRITE -> HvStatistics.VP_MSRS;
            case NESTED_PAGE_FAULT -> HvStatistics.VP_NESTED_FAULTS;
            case EMULATE -> HvStatistics.VP_EMULATED;
            case PAUSE, EXCEPTION, DELIVER_EVENT, TRIPLE_FAULT -> HvStatistics.VP_OTHER;
        };
    }

    /** It executed a hypercall instruction that its partition may use. */
    public void hypercall() {
        counts[HvStatistics.VP_HYPERCALLS]++;
    }

    /** Its parent has something to answer. */
    void message(int type) {
        counts[type == HvMessage.IO_PORT ? HvStatistics.VP_IO_MESSAGES
                : type == HvMessage.UNMAPPED_GPA || type == HvMessage.GPA_INTERCEPT ? HvStatistics.VP_MEMORY_MESSAGES : HvStatistics.VP_OTHER_MESSAGES]++;
    }

    /** It runs where another one ran, or none. */
    public void dispatched() {
        counts[HvStatistics.VP_DISPATCHES]++;
    }

    /** A counter; 0 for one that is not kept here. */
    public long get(int number) {
        return counts[number];
    }

    void show(StatisticsPages.Page to) {
        for (int number : NUMBERS) {
            to.put(number, counts[number]);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("counters", VERSION);
        for (int number : NUMBERS) {
            out.item("counter", number);
            out.put("count", counts[number]);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("counters", VERSION);
        for (int number : NUMBERS) {
            counts[number] = in.take();
        }
        in.end();
    }
}
