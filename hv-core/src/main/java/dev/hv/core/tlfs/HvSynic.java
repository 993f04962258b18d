package dev.hv.core.tlfs;

/** Sizes of a virtual processor's synthetic interrupt controller (TLFS, Virtual Interrupt Control: Synthetic Interrupt Controller). */
public final class HvSynic {
    /** Synthetic interrupt sources (HV_SYNIC_SINT_COUNT). */
    public static final int SINTS = 16;
    /** Event flags of each source (HV_EVENT_FLAGS_COUNT). */
    public static final int EVENT_FLAGS = 2048;

    private HvSynic() {}
}
