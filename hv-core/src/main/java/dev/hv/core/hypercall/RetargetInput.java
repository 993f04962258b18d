package dev.hv.core.hypercall;

/**
 * Input of HvCallRetargetDeviceInterrupt: partition 0, device id 8, HV_INTERRUPT_ENTRY 16 (source 16, address 24, data 28), reserved 32, {@link InterruptTarget} 40.
 */
public final class RetargetInput {

    private static final int TARGET = 40;
    /** Bytes of the fixed header. */
    public static final int SIZE = TARGET + InterruptTarget.SIZE;

    private static final int MSI = 1;

    private RetargetInput() {}

    /** Whether it makes no sense, whoever the device is. */
    public static boolean bad(HypercallParameters p) {
        return badEntry(p, 16) || p.u64(32) != 0 || InterruptTarget.bad(p, TARGET);
    }

    /** Whether what an HV_INTERRUPT_ENTRY at an offset names is no message. */
    public static boolean badEntry(HypercallParameters p, int at) {
        return p.u32(at) != MSI || p.u32(at + 4) != 0;
    }

    /** Writes an HV_INTERRUPT_ENTRY of a message into the output, at its start. */
    public static void putEntry(HypercallParameters p, long message) {
        p.put(0, 8, MSI);
        p.put(8, 8, message);
    }

    /** Device id. */
    public static long device(HypercallParameters p) {
        return p.u64(8);
    }

    /** Address of the message as the guest knows it. */
    public static int address(HypercallParameters p) {
        return p.u32(24);
    }

    /** Data of the message as the guest knows it. */
    public static int data(HypercallParameters p) {
        return p.u32(28);
    }

    /** Interrupt vector. */
    public static int vector(HypercallParameters p) {
        return InterruptTarget.vector(p, TARGET);
    }

    /** Whether it goes to all of the processors, not to one of them. */
    public static boolean multicast(HypercallParameters p) {
        return InterruptTarget.multicast(p, TARGET);
    }

    /** Mask of virtual processors. */
    public static long processors(HypercallParameters p) {
        return InterruptTarget.processors(p, TARGET);
    }
}
