package dev.hv.cli.root.boot;

/** Where a loader puts things: the memory of a bare machine or of a child partition. */
public interface GuestMemory {

    /** Writes bytes at a guest-physical address within {@link #lowBytes}. */
    void write(long physical, byte[] data, int offset, int length);

    /** Memory from address 0 up to the gap below 4 GiB, in bytes. */
    long lowBytes();
}
