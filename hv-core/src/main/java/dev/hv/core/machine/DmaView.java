package dev.hv.core.machine;

import dev.hv.cpu.memory.LittleEndian;

/** Memory as a device sees it. Addresses are bus addresses; the machine's IOMMU or the partition's address space translates them. */
public interface DmaView {

    /**
     * Copies from memory to {@code to}.
     *
     * @return false when part of the range is not mapped for this device; {@code to} is then unspecified
     */
    boolean read(long address, byte[] to, int offset, int length);

    /**
     * Copies {@code from} to memory.
     *
     * @return false when part of the range is not mapped for this device; part of it may have been written
     */
    boolean write(long address, byte[] from, int offset, int length);

    /**
     * Adds where memory is in the host's, which is about to be written over at once, before the guest goes on.
     *
     * @return false when that cannot be said, or part of the range is not mapped for this device: {@link #write} says which
     */
    default boolean scatter(long address, int length, ScatterList to) {
        return false;
    }

    /**
     * Replaces 64 bits, whose address is a multiple of 8, if they are as expected. In one step only where others reach that memory at the same time, as the machine's own can.
     *
     * @return false when they were not as expected, or are not mapped for this device
     */
    default boolean replace(long address, long expected, long value) {
        byte[] bytes = new byte[8];
        if (!read(address, bytes, 0, bytes.length) || LittleEndian.u64(bytes, 0) != expected) {
            return false;
        }
        LittleEndian.put64(bytes, 0, value);
        return write(address, bytes, 0, bytes.length);
    }
}
