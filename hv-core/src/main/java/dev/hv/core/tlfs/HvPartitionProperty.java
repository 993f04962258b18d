package dev.hv.core.tlfs;

/** Codes of partition properties, HV_PARTITION_PROPERTY_CODE (TLFS, HvCallSetPartitionProperty). */
public final class HvPartitionProperty {
    /** What the partition may do: {@link HvPrivilege}. 0 is a partition that is not told about the hypervisor. */
    public static final int PRIVILEGE_FLAGS = 0x0001_0000;
    /** What its guest has of the hypervisor's interface: {@link HvSyntheticFeatures}. */
    public static final int SYNTHETIC_FEATURES = 0x0001_0001;
    /** 1: a partition that makes partitions runs their processors itself, by HvCallDispatchVp (HvPartitionPropertyIntegratedSchedulerEnabled). */
    public static final int INTEGRATED_SCHEDULER = 0x0002_0005;
    /** 1: its time stands still. */
    public static final int TIME_FREEZE = 0x0003_0003;
    /** The partition's reference time in units of 100 ns; read only. */
    public static final int REFERENCE_TIME = 0x0003_0005;

    /** 1: it is kept which pages are accessed and written to (HvCallGetGpaPagesAccessStates). */
    public static final int GPA_PAGE_ACCESS_TRACKING = 0x0005_0005;

    /** Virtual processors of a socket: what CPUID says of the topology. */
    public static final int PROCESSORS_PER_SOCKET = 0x0005_0003;
    /** 0: an access to an MSR that the processor does not have raises #GP; 1: it reads as zero, and a write is ignored. */
    public static final int UNIMPLEMENTED_MSR_ACTION = 0x0005_0017;
    /** Read only: HV_PARTITION_PROCESSOR_VENDOR, 0 AMD, 1 Intel. */
    public static final int PROCESSOR_VENDOR = 0x0006_0000;
    /** Read only: what of XSAVE there is, and of what needs it ({@link HvProcessorFeatures}). */
    public static final int XSAVE_FEATURES = 0x0006_0002;
    /** Read only: bits of a guest-physical address. */
    public static final int PHYSICAL_ADDRESS_WIDTH = 0x0006_0006;
    /** Read only: state components of XSAVE, as XCR0 has them. */
    public static final int XSAVE_STATES = 0x0006_0007;
    /** Read only: bytes of the largest XSAVE area. */
    public static final int MAX_XSAVE_SIZE = 0x0006_0008;
    /** Read only: the local APIC's timer, Hz. */
    public static final int CLOCK_FREQUENCY = 0x0006_0009;
    /** Read only: features of processors, first bank ({@link HvProcessorFeatures}); the second follows. */
    public static final int PROCESSOR_FEATURES0 = 0x0006_000A;
    public static final int PROCESSOR_FEATURES1 = 0x0006_000B;
    /** Extended, read only: what the hypervisor offers to who manages virtual machines, {@link #CAPABILITY_OVERLAY_LOCATION}. */
    public static final int VMM_CAPABILITIES = 0x0009_0007;
    /** Extended, read only: what {@link #SYNTHETIC_FEATURES} may be. */
    public static final int SYNTHETIC_FEATURES_OFFERED = 0x0009_0009;

    /** Capability: a parent names the pages of its own that the hypervisor shows state and statistics in. */
    public static final long CAPABILITY_OVERLAY_LOCATION = 1 << 1;

    /** Capability: {@link #INTEGRATED_SCHEDULER} can be asked for. */
    public static final long CAPABILITY_INTEGRATED_SCHEDULER = 1 << 6;

    /** Creation flag HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED: local interrupt controllers are the hypervisor's, and with them the end of a halt. */
    public static final long CREATE_LAPIC = 1L << 13;

    /** Creation flag HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE: its virtual processors have hardware virtualisation themselves. */
    public static final long CREATE_NESTED = 1L << 1;

    private HvPartitionProperty() {}
}
