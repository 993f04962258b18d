package dev.hv.devices.firmware;

/**
 * Memory type range registers as firmware sets them, the same on every processor (SDM vol. 3A, 13.11).
 *
 * @param defaultType IA32_MTRR_DEF_TYPE: enabled, fixed ranges on, uncacheable elsewhere
 * @param fixed the eleven fixed-range registers by MSR number: 64K_00000, 16K_80000, 16K_A0000, 4K_C0000 … 4K_F8000
 * @param variable pairs of PHYSBASE and PHYSMASK, {@link #PAIRS} of them; unused ones are zero
 */
public record MtrrValues(long defaultType, long[] fixed, long[] variable) {

    /** Number of variable ranges. */
    public static final int PAIRS = 8;

    private static final long UNCACHEABLE = 0;
    private static final long WRITE_BACK = 6;
    private static final long ALL_WRITE_BACK = 0x0606_0606_0606_0606L;
    private static final long ENABLED = 0xC00;
    private static final long VALID = 0x800;

    /**
     * Covers memory write-back by one range from 0 to the next power of two, and takes the device addresses below 4 GiB out of it
     * by an uncacheable range, which wins where ranges overlap.
     *
     * @param lowMemory bytes from address 0, at most {@link FirmwareLayout#LOW_MEMORY_END}
     * @param highMemory bytes from 4 GiB
     * @param physicalBits MAXPHYADDR
     */
    public static MtrrValues covering(long lowMemory, long highMemory, int physicalBits) {
        long top = highMemory > 0 ? FirmwareLayout.HIGH_MEMORY + highMemory : lowMemory;
        long size = Long.highestOneBit(top) == top ? top : Long.highestOneBit(top) << 1;
        long[] pairs = new long[2 * PAIRS];
        set(pairs, 0, 0, size, WRITE_BACK, physicalBits);
        if (size > FirmwareLayout.LOW_MEMORY_END) {
            long devices = FirmwareLayout.HIGH_MEMORY - FirmwareLayout.LOW_MEMORY_END;
            set(pairs, 1, FirmwareLayout.LOW_MEMORY_END, devices, UNCACHEABLE, physicalBits);
        }
        long[] fixed = new long[11];
        fixed[0] = ALL_WRITE_BACK;
        fixed[1] = ALL_WRITE_BACK;
        return new MtrrValues(ENABLED, fixed, pairs);
    }

    private static void set(long[] pairs, int n, long base, long size, long type, int physicalBits) {
        pairs[2 * n] = base | type;
        pairs[2 * n + 1] = -size & (1L << physicalBits) - 1 | VALID;
    }
}
