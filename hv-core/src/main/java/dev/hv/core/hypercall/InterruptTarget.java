package dev.hv.core.hypercall;

/**
 * HV_DEVICE_INTERRUPT_TARGET in the input of a hypercall: vector 0, flags 4, mask of virtual processors 8, or there the format of a set whose bank mask and banks are the variable header.
 */
public final class InterruptTarget {

    /** Bytes of it in the fixed header. */
    static final int SIZE = 16;
    private static final int LEAST_VECTOR = 16;
    private static final int MULTICAST = 1;
    private static final int SET = 1 << 1;

    private InterruptTarget() {}

    /** Whether the one at an offset makes no sense. */
    public static boolean bad(HypercallParameters p, int at) {
        return (p.u32(at + 4) & ~(MULTICAST | SET)) != 0 || vector(p, at) < LEAST_VECTOR || vector(p, at) > 0xFF
                || set(p, at) && (banks(p) < 0 || !VpSet.valid(p.u64(at + 8), p.u64(p.variableAt()), banks(p)));
    }

    private static boolean set(HypercallParameters p, int at) {
        return (p.u32(at + 4) & SET) != 0;
    }

    private static int banks(HypercallParameters p) {
        return p.variableSize() / 8 - 1;
    }

    /** Interrupt vector. */
    public static int vector(HypercallParameters p, int at) {
        return p.u32(at);
    }

    /** Whether it goes to all of the processors, not to one of them. */
    public static boolean multicast(HypercallParameters p, int at) {
        return (p.u32(at + 4) & MULTICAST) != 0;
    }

    /** Mask of virtual processors. */
    public static long processors(HypercallParameters p, int at) {
        return set(p, at) ? VpSet.mask(p.u64(at + 8), p.u64(p.variableAt()), p, p.variableAt() + 8) : p.u64(at + 8);
    }
}
