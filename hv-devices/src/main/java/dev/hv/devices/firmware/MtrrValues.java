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

    private static final long WRITE_BACK = 6;
    private static final long ALL_WRITE_BACK = 0x0606_0606_0606_0606L;
    private static final long ENABLED = 0xC00;
    private static final long VALID = 0x800;
    private static final long MIB = 1 << 20;
    /** The memory below 4 GiB ends at a multiple of this at the latest. */
    private static final long LOW_GRAIN = 128 * MIB;
    private static final long HIGH = 1L << 32;

    /**
     * Covers memory write-back: exactly when the registers suffice, else rounded up.
     *
     * @param lowMemory bytes from address 0
     * @param highMemory bytes from 4 GiB
     * @param physicalBits MAXPHYADDR
     */
    public static MtrrValues covering(long lowMemory, long highMemory, int physicalBits) {
        long grain = MIB;
        long[] pairs = new long[2 * PAIRS];
        while (true) {
            int used = cover(pairs, 0, 0, roundUp(lowMemory, Math.min(grain, LOW_GRAIN)), physicalBits);
            used = cover(pairs, used, HIGH, roundUp(highMemory, grain), physicalBits);
            if (used <= PAIRS) {
                break;
            }
            grain *= 2;
        }
        long[] fixed = new long[11];
        fixed[0] = ALL_WRITE_BACK;
        fixed[1] = ALL_WRITE_BACK;
        return new MtrrValues(ENABLED, fixed, pairs);
    }

    private static long roundUp(long value, long grain) {
        return (value + grain - 1) / grain * grain;
    }

    /** Splits a range into aligned powers of two; returns the number of pairs used with it, which may exceed those there are. */
    private static int cover(long[] pairs, int used, long base, long length, int physicalBits) {
        long mask = (1L << physicalBits) - 1;
        int n = used;
        long at = base;
        long left = length;
        while (left > 0) {
            long size = Long.highestOneBit(left);
            if (at != 0) {
                size = Math.min(size, Long.lowestOneBit(at));
            }
            if (n < PAIRS) {
                pairs[2 * n] = at | WRITE_BACK;
                pairs[2 * n + 1] = ~(size - 1) & mask | VALID;
            }
            n++;
            at += size;
            left -= size;
        }
        for (int i = n; i < PAIRS; i++) {
            pairs[2 * i] = 0;
            pairs[2 * i + 1] = 0;
        }
        return n;
    }
}
