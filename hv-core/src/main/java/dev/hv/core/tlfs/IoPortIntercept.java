package dev.hv.core.tlfs;

/**
 * HvMessageTypeX64IoPortIntercept: a virtual processor executed IN or OUT. One object a virtual processor, filled anew for every
 * intercept: no allocation on this path. The handler of an IN completes it with the data; the hypervisor then writes RAX and
 * moves RIP on.
 */
public final class IoPortIntercept {
    private int vpIndex;
    private int port;
    private int size;
    private boolean write;
    private int data;

    /** Fills the message. */
    public void set(int newVpIndex, int newPort, int newSize, boolean isWrite, int newData) {
        vpIndex = newVpIndex;
        port = newPort;
        size = newSize;
        write = isWrite;
        data = newData;
    }

    /** Index of the virtual processor. */
    public int vpIndex() {
        return vpIndex;
    }

    /** Port number. */
    public int port() {
        return port;
    }

    /** Bytes: 1, 2 or 4. */
    public int size() {
        return size;
    }

    /** OUT. */
    public boolean write() {
        return write;
    }

    /** What OUT writes, or what IN was completed with (all ones until then). */
    public int data() {
        return data;
    }

    /** Completes an IN. */
    public void complete(int value) {
        data = value;
    }
}
