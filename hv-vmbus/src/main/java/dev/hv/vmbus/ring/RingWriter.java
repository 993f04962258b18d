package dev.hv.vmbus.ring;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.GuestBuffer;

/** The host's end of the ring to the guest. Its write index is its own: what the guest writes there is never read. */
public final class RingWriter extends Ring {

    /** What {@link #put} did. */
    public enum Result {
        WRITTEN,
        /** Written, and the guest must be signalled. */
        SIGNAL,
        /** There is no room; the guest will signal when there is. */
        FULL,
        /** The guest broke the rules, or made a ring that is too small for the packet. */
        BROKEN
    }

    /**
     * What the pending send size exceeds the size of the packet that waits by. A packet fits when more bytes are free than it needs,
     * and free bytes are multiples of 8: so readers that compare with "more than" and with "at least" both signal when it fits.
     */
    private static final int BETWEEN = 4;

    /** {@link RingFormat#IN} to {@link RingFormat#INTERRUPT_MASK}, read at once. */
    private final byte[] state = new byte[RingFormat.INTERRUPT_MASK + 4];
    private int in;
    /** The guest's read index when it was looked at last. */
    private int out;
    private int pending;

    /**
     * The host's end of a ring that a guest made.
     *
     * @param base offset of the control page in {@code memory}
     * @param size bytes of data
     */
    public RingWriter(GuestBuffer memory, long base, int size) {
        super(memory, base, size);
        in = control(RingFormat.IN);
        out = in;
        setControl(RingFormat.FEATURES, control(RingFormat.FEATURES) | RingFormat.PENDING_SIZE_USED);
    }

    /** Where the next packet is written. */
    public int index() {
        return in;
    }

    /** Bytes that the packet which waits for room needs; 0 when none waits. */
    public int waiting() {
        return pending;
    }

    /** Goes on from a saved {@link #index} and {@link #waiting}. */
    public void restore(int index, int waiting) {
        in = index;
        pending = waiting;
        look();
    }

    /** Whether the indices that the guest left at the start are sound. */
    public boolean valid() {
        return validIndex(in) && look();
    }

    /** Whether a packet waited for room and there is enough now; it does not wait any more then. */
    public boolean ready() {
        if (pending == 0 || !look() || free() <= pending) {
            return false;
        }
        wait(0);
        return true;
    }

    private void wait(int bytes) {
        pending = bytes;
        setControl(RingFormat.PENDING_SEND_SIZE, bytes == 0 ? 0 : bytes + BETWEEN);
    }

    /** Looks at the guest's index; false when it makes no sense. */
    private boolean look() {
        int published = control(RingFormat.OUT);
        if (!validIndex(published)) {
            return false;
        }
        out = published;
        return true;
    }

    private int free() {
        return size - distance(out, in);
    }

    /**
     * Writes a packet whose length is a multiple of 8.
     *
     * @param packet descriptor, headers, payload, padding; 8 bytes more are used for the trailer
     */
    public Result put(byte[] packet, int length) {
        int need = length + PacketFormat.TRAILER;
        if (need >= size) {
            return Result.BROKEN;
        }
        if (free() <= need) {
            if (!look()) {
                return Result.BROKEN;
            }
            if (free() <= need) {
                wait(need);
                barrier();
                if (!look()) {
                    return Result.BROKEN;
                }
                if (free() <= need) {
                    return Result.FULL;
                }
            }
        }
        // a larger packet that was refused before still waits
        if (pending != 0 && need >= pending) {
            wait(0);
        }
        int old = in;
        LittleEndian.put64(packet, length, (long) old << 32);
        if (!writeData(in, packet, 0, need)) {
            return Result.BROKEN;
        }
        in = advance(in, need);
        barrier();
        setControl(RingFormat.IN, in);
        barrier();
        if (!control(RingFormat.IN, state)) {
            return Result.BROKEN;
        }
        boolean masked = LittleEndian.u32(state, RingFormat.INTERRUPT_MASK) != 0;
        return !masked && LittleEndian.u32(state, RingFormat.OUT) == old ? Result.SIGNAL : Result.WRITTEN;
    }
}
