package dev.hv.core.hypercall;

/**
 * Input of HvCallMemoryMappedIoRead and HvCallMemoryMappedIoWrite: guest-physical address 0, size 8, reserved 12; of a write data 16. A read's output is
 * the data. An access is one of a device's register: 1, 2, 4 or 8 bytes, naturally aligned.
 */
public final class MmioInput {

    /** Bytes of data that there is room for. */
    public static final int DATA_BYTES = 64;
    /** Bytes of a read's input. */
    public static final int READ_SIZE = 16;
    /** Bytes of a write's input. */
    public static final int WRITE_SIZE = READ_SIZE + DATA_BYTES;

    private MmioInput() {}

    /** Whether it is no access that a device could see. */
    public static boolean bad(HypercallParameters p) {
        int size = size(p);
        return p.u32(12) != 0 || size != 1 && size != 2 && size != 4 && size != 8 || (gpa(p) & size - 1) != 0;
    }

    /** Guest-physical address. */
    public static long gpa(HypercallParameters p) {
        return p.u64(0);
    }

    /** Bytes of the access. */
    public static int size(HypercallParameters p) {
        return p.u32(8);
    }

    /** What is written. */
    public static long data(HypercallParameters p) {
        return truncated(p, p.u64(16));
    }

    /** As many bytes of a value as the access moves. */
    public static long truncated(HypercallParameters p, long value) {
        return value & -1L >>> 64 - 8 * size(p);
    }
}
