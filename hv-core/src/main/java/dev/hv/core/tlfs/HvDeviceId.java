package dev.hv.core.tlfs;

/**
 * HV_DEVICE_ID of a device on PCI (hvhdk_mini.h of Linux): requester id 15:0, segment 31:16, range of shadow buses 47:32, kind of device 63:62.
 */
public final class HvDeviceId {

    private static final int KIND_SHIFT = 62;
    private static final int PCI = 1;
    private static final int IO_APIC = 2;
    /** What interrupts of a kind of devices are programmed as, HV_INTERRUPT_SOURCE: address and data of a message; an entry of an I/O APIC. */
    public static final int SOURCE_MSI = 1;
    public static final int SOURCE_IO_APIC = 2;
    /** All that may be set of a function: requester, shadow buses, how they are used. */
    private static final long FUNCTION = 0x0007_FFFF_0000_FFFFL;
    private static final long BEYOND_REQUESTER = 0x3FFF_FFFF_FFFF_0000L;

    private HvDeviceId() {}

    /** The function of segment 0 with this requester id. */
    public static long pci(int requester) {
        return (long) PCI << KIND_SHIFT | requester;
    }

    /** Whether it is a function of segment 0, and nothing else is said of it. */
    public static boolean isPci(long id) {
        return id >>> KIND_SHIFT == PCI && (id & BEYOND_REQUESTER) == 0;
    }

    /** Whether it is a function of segment 0, whatever is said of the buses behind it. */
    public static boolean isFunction(long id) {
        return id >>> KIND_SHIFT == PCI && (id & ~((long) PCI << KIND_SHIFT) & ~FUNCTION) == 0;
    }

    /** Whether it is an I/O APIC, by its id in bits 7:0. */
    public static boolean isIoApic(long id) {
        return id >>> KIND_SHIFT == IO_APIC && (id & ~((long) IO_APIC << KIND_SHIFT) & ~0xFFL) == 0;
    }

    /** Its requester id. */
    public static int requester(long id) {
        return (int) id & 0xFFFF;
    }
}
