package dev.hv.core.tlfs;

/**
 * HvMessageTypeUnmappedGpa with its instruction already taken apart: a virtual processor reads or writes guest-physical
 * addresses that have no memory. One object a virtual processor, filled anew for every access.
 */
public final class MemoryIntercept {
    private int vpIndex;
    private long gpa;
    private int size;
    private boolean write;
    private long data;

    /** Fills the message. */
    public void set(int newVpIndex, long newGpa, int newSize, boolean isWrite, long newData) {
        vpIndex = newVpIndex;
        gpa = newGpa;
        size = newSize;
        write = isWrite;
        data = newData;
    }

    /** Index of the virtual processor. */
    public int vpIndex() {
        return vpIndex;
    }

    /** Guest-physical address. */
    public long gpa() {
        return gpa;
    }

    /** Bytes: 1, 2, 4 or 8, not crossing a page. */
    public int size() {
        return size;
    }

    /** Whether it is a write. */
    public boolean write() {
        return write;
    }

    /** What is written, or what a read was completed with (all ones until then). */
    public long data() {
        return data;
    }

    /** Completes a read. */
    public void complete(long value) {
        data = value;
    }
}
