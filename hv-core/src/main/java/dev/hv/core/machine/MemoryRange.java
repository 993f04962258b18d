package dev.hv.core.machine;

/**
 * A range of physical addresses.
 *
 * @param base first address
 * @param length bytes, more than 0
 */
public record MemoryRange(long base, long length) {

    /** Checks the parts. */
    public MemoryRange {
        if (base < 0 || length <= 0 || base + length < 0) {
            throw new IllegalArgumentException("bad memory range 0x%x, length 0x%x".formatted(base, length));
        }
    }

    /** First address behind the range. */
    public long end() {
        return base + length;
    }

    /** Whether an address lies in the range. */
    public boolean contains(long address) {
        return address >= base && address < base + length;
    }

    /** Whether two ranges have an address in common. */
    public boolean overlaps(MemoryRange other) {
        return base < other.end() && other.base < end();
    }
}
