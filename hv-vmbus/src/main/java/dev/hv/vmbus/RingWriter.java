package dev.hv.vmbus;

/** The host's end of the ring to the guest. Its write index is its own: what the guest writes there is never read. */
final class RingWriter extends Ring {

    /** What {@link #put} did. */
    enum Result {
        WRITTEN,
        /** Written, and the guest must be signalled. */
        SIGNAL,
        /** There is no room; the guest will signal when there is. */
        FULL,
        /** The guest broke the rules. */
        BROKEN
    }

    private final byte[] trailer = new byte[PacketFormat.TRAILER];
    private int in;
    /** Free bytes that a packet waits to exceed; 0 when none waits. */
    private int pending;

    RingWriter(GuestBuffer memory, long base, int size) {
        super(memory, base, size);
        in = control(RingFormat.IN);
        setControl(RingFormat.FEATURES, control(RingFormat.FEATURES) | RingFormat.PENDING_SIZE_USED);
    }

    int index() {
        return in;
    }

    int waiting() {
        return pending;
    }

    void restore(int index, int waiting) {
        in = index;
        pending = waiting;
    }

    /** Whether the indices that the guest left at the start are sound. */
    boolean valid() {
        return validIndex(in) && validIndex(control(RingFormat.OUT));
    }

    /** Whether a packet waits for room and there is enough now. */
    boolean ready() {
        return pending != 0 && free() > pending;
    }

    /** Free bytes; 0 when the guest's index makes no sense. */
    private int free() {
        int out = control(RingFormat.OUT);
        return validIndex(out) ? size - distance(out, in) : 0;
    }

    /**
     * Writes a packet whose length is a multiple of 8.
     *
     * @param packet descriptor, headers, payload, padding
     */
    Result put(byte[] packet, int length) {
        int need = length + PacketFormat.TRAILER;
        if (need >= size || !validIndex(control(RingFormat.OUT))) {
            return Result.BROKEN;
        }
        if (free() <= need) {
            pending = need;
            setControl(RingFormat.PENDING_SEND_SIZE, need);
            barrier();
            if (free() <= need) {
                return Result.FULL;
            }
        }
        if (pending != 0) {
            pending = 0;
            setControl(RingFormat.PENDING_SEND_SIZE, 0);
        }
        int old = in;
        Bytes.put32(trailer, 4, old);
        if (!writeData(in, packet, 0, length) || !writeData(advance(in, length), trailer, 0, PacketFormat.TRAILER)) {
            return Result.BROKEN;
        }
        in = advance(in, need);
        barrier();
        setControl(RingFormat.IN, in);
        barrier();
        boolean interrupt = control(RingFormat.INTERRUPT_MASK) == 0 && control(RingFormat.OUT) == old;
        return interrupt ? Result.SIGNAL : Result.WRITTEN;
    }
}
