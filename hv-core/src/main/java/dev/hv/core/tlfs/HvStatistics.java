package dev.hv.core.tlfs;

/**
 * Pages of statistics, HV_STATS_OBJECT_TYPE and HV_STATS_OBJECT_IDENTITY (HvCallMapStatsPage, HvCallMapStatsPage2): counters of 64 bits. Their numbers are those of HV_HYPERVISOR_COUNTER, HV_CPU_COUNTER,
 * HV_PROCESS_COUNTER and HV_THREAD_COUNTER (hvhdk_mini.h and mshv_debugfs_counters.c of Linux); times are in 100 ns. Those that are not named here read 0.
 */
public final class HvStatistics {
    /** HvStatsObjectHypervisor. */
    public static final int HYPERVISOR = 1;
    /** HvStatsObjectLogicalProcessor. */
    public static final int LOGICAL_PROCESSOR = 2;
    /** HvStatsObjectPartition. */
    public static final int PARTITION = 0x1_0001;
    /** HvStatsObjectVp. */
    public static final int VP = 0x1_0002;

    /** Input: type, u32. */
    public static final int TYPE = 0;
    /** Input: partition of the object, u64; of {@link #PARTITION} and {@link #VP}. */
    public static final int OBJECT_PARTITION = 8;
    /** Input: logical processor, u32; of {@link #LOGICAL_PROCESSOR}. */
    public static final int OBJECT_LOGICAL_PROCESSOR = 8;
    /** Input: virtual processor, u32; of {@link #VP}. */
    public static final int OBJECT_VP = 16;
    /** Input: area, u8: {@link #SELF} or {@link #PARENT}. */
    public static final int OBJECT_AREA = 23;
    /** Input of HvCallMapStatsPage2: the page of the caller's, u64. */
    public static final int LOCATION = 24;
    /** The counters of the object itself. */
    public static final int SELF = 0;
    /** What the object's parent may see of it: the same counters here. */
    public static final int PARENT = 1;

    /** Counter of the hypervisor: logical processors. */
    public static final int HYPERVISOR_LOGICAL_PROCESSORS = 1;
    /** Counter of the hypervisor: partitions. */
    public static final int HYPERVISOR_PARTITIONS = 2;
    /** Counter of the hypervisor: pages that it has for itself and partitions. */
    public static final int HYPERVISOR_PAGES = 3;
    /** Counter of the hypervisor: virtual processors. */
    public static final int HYPERVISOR_PROCESSORS = 4;

    /** Counter of a logical processor: time since it started. */
    public static final int LOGICAL_TIME = 1;
    /** Counter of a logical processor: time for which it ran virtual processors. */
    public static final int LOGICAL_RUNTIME = 2;
    /** Counter of a logical processor: interrupts of devices. */
    public static final int LOGICAL_INTERRUPTS = 4;
    /** Counter of a logical processor: how often it went from one virtual processor to another. */
    public static final int LOGICAL_SWITCHES = 5;
    /** Counter of a logical processor: how often it had nothing to run any more. */
    public static final int LOGICAL_HALTS = 10;
    /** Counter of a logical processor: the root's virtual processor on it. */
    public static final int LOGICAL_ROOT_PROCESSOR = 19;

    /** Counter of a partition: virtual processors. */
    public static final int PARTITION_PROCESSORS = 1;
    /** Counter of a partition: pages that were deposited for it. */
    public static final int PARTITION_DEPOSITED = 5;
    /** Counter of a partition: interrupts of devices that it has mapped. */
    public static final int PARTITION_INTERRUPTS = 19;
    /** Counter of a partition: its id. */
    public static final int PARTITION_ID = 26;
    /** Counter of a partition: partitions that it has made. */
    public static final int PARTITION_CHILDREN = 46;

    /** Counter of a processor: time for which it ran. */
    public static final int VP_RUNTIME = 1;
    /** Counter of a processor: hypercalls. */
    public static final int VP_HYPERCALLS = 7;
    /** Counter of a processor: accesses to ports. */
    public static final int VP_IO = 13;
    /** Counter of a processor: HLT. */
    public static final int VP_HALTS = 15;
    /** Counter of a processor: CPUID. */
    public static final int VP_CPUID = 19;
    /** Counter of a processor: accesses to MSRs. */
    public static final int VP_MSRS = 21;
    /** Counter of a processor: intercepts of other kinds. */
    public static final int VP_OTHER = 23;
    /** Counter of a processor: instructions that the hypervisor carried out. */
    public static final int VP_EMULATED = 29;
    /** Counter of a processor: messages to its parent about ports. */
    public static final int VP_IO_MESSAGES = 40;
    /** Counter of a processor: messages to its parent about memory. */
    public static final int VP_MEMORY_MESSAGES = 41;
    /** Counter of a processor: messages to its parent about something else. */
    public static final int VP_OTHER_MESSAGES = 43;
    /** Counter of a processor: accesses to memory that is not mapped, or without the right. */
    public static final int VP_NESTED_FAULTS = 71;
    /** Counter of a processor: how often it came to run on a logical processor. */
    public static final int VP_DISPATCHES = 74;

    private HvStatistics() {}
}
