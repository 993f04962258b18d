package dev.hv.vmbus;

import java.util.Arrays;

/**
 * The host's end of the ring from the guest. Its read index is its own: what the guest writes there is never read. The host never sets
 * the interrupt mask: it takes all packets at a signal, as a rule before the guest goes on, so the mask would cost accesses and save hardly
 * a signal.
 */
final class RingReader extends Ring {

    /** What {@link #take} found. */
    enum Result {
        PACKET,
        EMPTY,
        /** The guest broke the rules. */
        BROKEN
    }

    /** Copied at once with the descriptor: most packets are shorter, and one access is cheaper than two. */
    private static final int AHEAD = 256;
    /** {@link RingFormat#PENDING_SEND_SIZE} to {@link RingFormat#FEATURES}, read at once. */
    private static final int FLOW = RingFormat.FEATURES + 4 - RingFormat.PENDING_SEND_SIZE;

    /** The packet that was taken, descriptor first; what lies behind {@link #length} has no meaning. */
    byte[] bytes = new byte[1024];
    int length;
    /** Whether the guest waits for the room that was just made. */
    boolean signal;
    private final byte[] flow = new byte[FLOW];
    private int out;
    /** The guest's write index when it was looked at last. */
    private int in;

    RingReader(GuestBuffer memory, long base, int size) {
        super(memory, base, size);
        out = control(RingFormat.OUT);
        in = out;
    }

    int index() {
        return out;
    }

    void restore(int index) {
        out = index;
        in = index;
    }

    /** Whether the indices that the guest left at the start are sound. */
    boolean valid() {
        return validIndex(out) && validIndex(control(RingFormat.IN));
    }

    /** Whether the guest has published nothing to take, or nonsense. */
    boolean empty() {
        int published = control(RingFormat.IN);
        return published == out || !validIndex(published);
    }

    /** Takes the next packet: all of it is copied before anything is looked at. */
    Result take() {
        signal = false;
        if (in == out) {
            int published = control(RingFormat.IN);
            if (!validIndex(published)) {
                return Result.BROKEN;
            }
            in = published;
            if (in == out) {
                return Result.EMPTY;
            }
        }
        int available = distance(out, in);
        int copied = Math.min(available, AHEAD);
        if (available < PacketFormat.DESCRIPTOR + PacketFormat.TRAILER || !readData(out, bytes, 0, copied)) {
            return Result.BROKEN;
        }
        int total = Bytes.u16(bytes, PacketFormat.LENGTH) * 8;
        if (total < PacketFormat.DESCRIPTOR || total + PacketFormat.TRAILER > available) {
            return Result.BROKEN;
        }
        if (total > copied) {
            if (bytes.length < total) {
                bytes = Arrays.copyOf(bytes, Math.max(total, 2 * bytes.length));
            }
            // what was copied stays as it was checked
            if (!readData(advance(out, copied), bytes, copied, total - copied)) {
                return Result.BROKEN;
            }
        }
        length = total;
        int taken = total + PacketFormat.TRAILER;
        out = advance(out, taken);
        setControl(RingFormat.OUT, out);
        barrier();
        signal = waited(taken);
        return Result.PACKET;
    }

    /**
     * Whether the guest waits for room, and the bytes just taken made it enough. The write index must be looked at anew, after the size
     * that the guest waits for: it may have filled the ring since the packet was seen. Drivers differ in whether exactly the size
     * suffices; a signal too many does no harm.
     */
    private boolean waited(int taken) {
        if (!control(RingFormat.PENDING_SEND_SIZE, flow)) {
            return false;
        }
        int wanted = Bytes.u32(flow, 0);
        if (wanted == 0 || (Bytes.u32(flow, FLOW - 4) & RingFormat.PENDING_SIZE_USED) == 0) {
            return false;
        }
        barrier();
        int published = control(RingFormat.IN);
        if (!validIndex(published)) {
            return false;
        }
        int free = size - distance(out, published);
        return free >= wanted && free - taken <= wanted;
    }
}
