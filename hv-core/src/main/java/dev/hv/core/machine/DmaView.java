package dev.hv.core.machine;

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
}
