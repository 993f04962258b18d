package dev.hv.core.tlfs;

/** Sizes of a virtual processor's synthetic interrupt controller (TLFS, Virtual Interrupt Control: Synthetic Interrupt Controller). */
public final class HvSynic {
    /** Synthetic interrupt sources (HV_SYNIC_SINT_COUNT). */
    public static final int SINTS = 16;
    /** Event flags of each source (HV_EVENT_FLAGS_COUNT). */
    public static final int EVENT_FLAGS = 2048;

    /** Bytes of a source's ring of port ids in the page that SIRBP names; rings follow each other by source. */
    public static final int RING_SIZE = 256;
    /** In a ring: the guest does not want to be told, u8. */
    public static final int RING_MASKED = 0;
    /** In a ring: a port id found no room, u8. */
    public static final int RING_FULL = 1;
    /** In a ring: the first port id, u32; 0 is a free place. */
    public static final int RING_FIRST = 4;
    /** Port ids of a ring. */
    public static final int RING_ENTRIES = 63;

    private HvSynic() {}
}
