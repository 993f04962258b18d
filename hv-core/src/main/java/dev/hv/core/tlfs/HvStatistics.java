package dev.hv.core.tlfs;

/** Pages of statistics, HV_STATS_OBJECT_TYPE and HV_STATS_OBJECT_IDENTITY (HvCallMapStatsPage, HvCallMapStatsPage2): counters of 64 bits. */
public final class HvStatistics {
    /** HvStatsObjectPartition. */
    public static final int PARTITION = 0x1_0001;
    /** HvStatsObjectVp. */
    public static final int VP = 0x1_0002;

    /** Input: type, u32. */
    public static final int TYPE = 0;
    /** Input: partition of the object, u64. */
    public static final int OBJECT_PARTITION = 8;
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

    /** Counter of a processor: time for which it ran, 100 ns. */
    public static final int VP_RUNTIME = 1;
    /** Counter of a processor: hypercalls. */
    public static final int VP_HYPERCALLS = 7;
    /** Counter of a partition: virtual processors. */
    public static final int PARTITION_PROCESSORS = 1;

    private HvStatistics() {}
}
