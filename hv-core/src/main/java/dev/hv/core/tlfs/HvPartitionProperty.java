package dev.hv.core.tlfs;

/** Codes of partition properties, HV_PARTITION_PROPERTY_CODE (TLFS, HvCallSetPartitionProperty). */
public final class HvPartitionProperty {
    /** What the partition may do: {@link HvPrivilege}. 0 is a partition that is not told about the hypervisor. */
    public static final int PRIVILEGE_FLAGS = 0x0001_0000;
    /** The partition's reference time in units of 100 ns; read only. */
    public static final int REFERENCE_TIME = 0x0003_0005;

    /** 1: it is kept which pages are accessed and written to (HvCallGetGpaPagesAccessStates). */
    public static final int GPA_PAGE_ACCESS_TRACKING = 0x0005_0005;

    /** Creation flag HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED: local interrupt controllers are the hypervisor's, and with them the end of a halt. */
    public static final long CREATE_LAPIC = 1L << 13;

    /** Creation flag HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE: its virtual processors have hardware virtualisation themselves. */
    public static final long CREATE_NESTED = 1L << 1;

    private HvPartitionProperty() {}
}
