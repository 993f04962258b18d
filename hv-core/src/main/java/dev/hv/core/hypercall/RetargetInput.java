package dev.hv.core.hypercall;

/**
 * Input of HvCallRetargetDeviceInterrupt: partition 0, device 8, source 16, reserved 20, address 24, data 28, reserved 32, vector 40, flags 44, mask of
 * processors or format of a set 48; the set's bank mask and banks are the variable header.
 */
public final class RetargetInput {

    /** Bytes of the fixed header. */
    public static final int SIZE = 56;

    private static final int LEAST_VECTOR = 16;
    private static final int MSI = 1;
    private static final int MULTICAST = 1;
    private static final int SET = 1 << 1;

    private RetargetInput() {}

    /** Whether it makes no sense, whoever the device is. */
    public static boolean bad(HypercallParameters p) {
        return p.u32(16) != MSI || p.u32(20) != 0 || p.u64(32) != 0 || (p.u32(44) & ~(MULTICAST | SET)) != 0 || vector(p) < LEAST_VECTOR || vector(p) > 0xFF
                || set(p) && (banks(p) < 0 || !VpSet.valid(p.u64(48), p.u64(p.variableAt()), banks(p)));
    }

    private static boolean set(HypercallParameters p) {
        return (p.u32(44) & SET) != 0;
    }

    private static int banks(HypercallParameters p) {
        return p.variableSize() / 8 - 1;
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
        return p.u32(40);
    }

    /** Whether it goes to all of the processors, not to one of them. */
    public static boolean multicast(HypercallParameters p) {
        return (p.u32(44) & MULTICAST) != 0;
    }

    /** Mask of virtual processors. */
    public static long processors(HypercallParameters p) {
        return set(p) ? VpSet.mask(p.u64(48), p.u64(p.variableAt()), p, p.variableAt() + 8) : p.u64(48);
    }
}
