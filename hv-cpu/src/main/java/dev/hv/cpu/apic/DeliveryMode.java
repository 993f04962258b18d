package dev.hv.cpu.apic;

/** Delivery modes of interrupt messages and of the local vector table (SDM vol. 3A, 12.5.1, 12.6.1, 12.11.2). */
public final class DeliveryMode {
    public static final int FIXED = 0;
    public static final int LOWEST_PRIORITY = 1;
    public static final int SMI = 2;
    public static final int NMI = 4;
    public static final int INIT = 5;
    /** Start-up IPI; only in the interrupt command register. */
    public static final int STARTUP = 6;
    /** The vector comes from the 8259; only in the local vector table and in I/O APIC messages. */
    public static final int EXT_INT = 7;

    private DeliveryMode() {}
}
