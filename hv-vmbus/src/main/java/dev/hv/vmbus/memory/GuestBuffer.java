package dev.hv.vmbus.memory;

import dev.hv.core.machine.ScatterList;

/**
 * A range of guest memory described by page numbers: a GPADL, or a range of a GPA-direct packet. Offsets count from its first
 * byte. Nothing of it is contiguous or trustworthy: the guest may change its contents at any time.
 */
public interface GuestBuffer {

    /** Length in bytes. */
    long length();

    /**
     * Copies from the buffer.
     *
     * @return false when the range leaves the buffer, or a page is not the guest's
     */
    boolean read(long offset, byte[] to, int at, int length);

    /**
     * Copies into the buffer.
     *
     * @return false when the range leaves the buffer, or a page is not the guest's; part of it may have been written
     */
    boolean write(long offset, byte[] from, int at, int length);

    /**
     * Adds where a part of the buffer is in the host's memory, which is about to be written over at once, before the guest goes on.
     *
     * @return false when that cannot be said, the range leaves the buffer, or a page is not the guest's: {@link #write} says which
     */
    default boolean scatter(long offset, int length, ScatterList to) {
        return false;
    }
}
