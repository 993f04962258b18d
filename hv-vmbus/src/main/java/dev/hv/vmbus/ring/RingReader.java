package dev.hv.vmbus.ring;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.GuestBuffer;
import java.util.Arrays;

/**
 * The host's end of the ring from the guest. Its read index is its own: what the guest writes there is never read. The host never sets
 * the interrupt mask: it takes all packets at a signal, as a rule before the guest goes on, so the mask would cost accesses and save hardly
 * a signal.
 */
public final class RingReader extends Ring {

    /** What {@link #take} found. */
    public enum Result {
        PACKET,
        EMPTY,
        /** The guest broke the rules. */
        BROKEN
    }

    /** Copied at once with the descriptor: most packets are shorter, and one access is cheaper than two. */
    private static final int AHEAD = 256;
    /** {@link RingFormat#PENDING_SEND_SIZE} to {@link RingFormat#FEATURES}, read at once. */
    private static final int FLOW = RingFormat.FEATURES + 4 - RingFormat.PENDING_SEND_SIZE;

    private byte[] bytes = new byte[1024];
    private int length;
    private boolean signal;
    private final byte[] flow = new byte[FLOW];
    private int out;
    /** The guest's write index when it was looked at last. */
    private int in;

    /**
     * The host's end of a ring that a guest made.
     *
     * @param base offset of the control page in {@code memory}
     * @param size bytes of data
     */
    public RingReader(GuestBuffer memory, long base, int size) {
        super(memory, base, size);
        out = control(RingFormat.OUT);
        in = out;
    }

    /** Where the next packet is read. */
    public int index() {
        return out;
    }

    /** Goes on from a saved {@link #index}. */
    public void restore(int index) {
        out = index;
        in = index;
    }

    /** Whether the indices that the guest left at the start are sound. */
    public boolean valid() {
        return validIndex(out) && validIndex(control(RingFormat.IN));
    }

    /** Whether the guest has published nothing to take, or nonsense. */
    public boolean empty() {
        int published = control(RingFormat.IN);
        return published == out || !validIndex(published);
    }

    /** Takes the next packet: all of it is copied before anything is looked at. */
    public Result take() {
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
        int total = LittleEndian.u16(bytes, PacketFormat.LENGTH) * 8;
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

    /** The packet that was taken, descriptor first; valid until the next one, {@link #length} of them. */
    public byte[] bytes() {
        return bytes;
    }

    /** Bytes of the packet that was taken. */
    public int length() {
        return length;
    }

    /** Whether the guest waits for the room that taking the last packet made. */
    public boolean signal() {
        return signal;
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
        int wanted = LittleEndian.u32(flow, 0);
        if (wanted == 0 || (LittleEndian.u32(flow, FLOW - 4) & RingFormat.PENDING_SIZE_USED) == 0) {
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
