package dev.hv.core.tlfs;

import dev.hv.cpu.apic.DeliveryMode;

/** HV_INTERRUPT_TYPE on x64: delivery modes of the local APIC (TLFS, HvCallAssertVirtualInterrupt). */
public final class HvInterruptType {
    public static final int FIXED = DeliveryMode.FIXED;
    public static final int LOWEST_PRIORITY = DeliveryMode.LOWEST_PRIORITY;
    public static final int SMI = DeliveryMode.SMI;
    public static final int NMI = DeliveryMode.NMI;
    public static final int INIT = DeliveryMode.INIT;
    public static final int SIPI = DeliveryMode.STARTUP;
    public static final int EXT_INT = DeliveryMode.EXT_INT;
    /** The processor's LINT0 pin, to which a PC's legacy interrupt controller is wired. */
    public static final int LOCAL_INT0 = 8;
    /** The processor's LINT1 pin. */
    public static final int LOCAL_INT1 = 9;

    /** HV_INTERRUPT_CONTROL, beside a type in bits 31:0: level-triggered. */
    public static final long LEVEL_TRIGGERED = 1L << 32;
    /** HV_INTERRUPT_CONTROL: the destination is a logical one. */
    public static final long LOGICAL_DESTINATION = 1L << 33;

    private HvInterruptType() {}
}
