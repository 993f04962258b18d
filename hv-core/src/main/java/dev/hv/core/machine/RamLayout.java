package dev.hv.core.machine;

import java.util.List;

/**
 * Where RAM is: below a gap that ends at 4 GiB, and from 4 GiB on; and the place of each address in one block of all of it.
 *
 * @param size bytes of RAM
 * @param lowSize bytes of them below the gap
 */
record RamLayout(long size, long lowSize) {

    private static final long FOUR_GIB = 1L << 32;

    /**
     * RAM of a size around a gap.
     *
     * @throws IllegalArgumentException for a size or gap that cannot be
     */
    static RamLayout of(long size, long gap) {
        if (size <= 0 || (size & SystemMemory.PAGE - 1) != 0 || size > 1L << 42) {
            throw new IllegalArgumentException("memory size must be a multiple of 4096 bytes up to 4 TiB, not " + size);
        }
        if (gap <= 0 || gap > FOUR_GIB || (gap & SystemMemory.PAGE - 1) != 0) {
            throw new IllegalArgumentException("memory gap must start at a page below 4 GiB, not at 0x%x".formatted(gap));
        }
        return new RamLayout(size, Math.min(size, gap));
    }

    /** The ranges, ascending. */
    List<MemoryRange> ranges() {
        return size > lowSize ? List.of(new MemoryRange(0, lowSize), new MemoryRange(FOUR_GIB, size - lowSize)) : List.of(new MemoryRange(0, lowSize));
    }

    /** Whether all of a range, which does not overflow, is RAM. */
    boolean contains(long physical, long length) {
        return physical + length <= lowSize || physical >= FOUR_GIB && physical + length <= FOUR_GIB + size - lowSize;
    }

    /** Offset of an address in the block, or -1. */
    long offset(long physical) {
        if (physical < lowSize) {
            return physical < 0 ? -1 : physical;
        }
        return physical >= FOUR_GIB && physical < FOUR_GIB + size - lowSize ? physical - FOUR_GIB + lowSize : -1;
    }

    /** Address of an offset in the block. */
    long physical(long offset) {
        return offset < lowSize ? offset : offset - lowSize + FOUR_GIB;
    }
}
