package dev.hv.core.tlfs;

/** HV_INTERRUPT_TYPE on x64: delivery modes of the local APIC (TLFS, HvCallAssertVirtualInterrupt). */
public final class HvInterruptType {
    public static final int FIXED = 0;
    public static final int LOWEST_PRIORITY = 1;
    public static final int SMI = 2;
    public static final int NMI = 4;
    public static final int INIT = 5;
    public static final int SIPI = 6;
    public static final int EXT_INT = 7;
    /** The processor's LINT0 pin, to which a PC's legacy interrupt controller is wired. */
    public static final int LOCAL_INT0 = 8;
    /** The processor's LINT1 pin. */
    public static final int LOCAL_INT1 = 9;

    private HvInterruptType() {}
}
