package dev.hv.vmbus;

import java.util.Arrays;

/** The host's end of the ring from the guest. Its read index is its own: what the guest writes there is never read. */
final class RingReader extends Ring {

    /** What {@link #take} found. */
    enum Result {
        PACKET,
        EMPTY,
        /** The guest broke the rules. */
        BROKEN
    }

    /** Bytes of the packet that was taken, descriptor first. */
    byte[] bytes = new byte[1024];
    int length;
    /** Whether the guest waits for the room that was just made. */
    boolean signal;
    private int out;

    RingReader(GuestBuffer memory, long base, int size) {
        super(memory, base, size);
        out = control(RingFormat.OUT);
    }

    int index() {
        return out;
    }

    void restore(int index) {
        out = index;
    }

    /** Whether the indices that the guest left at the start are sound. */
    boolean valid() {
        return validIndex(out) && validIndex(control(RingFormat.IN));
    }

    /** Takes the next packet: all of it is copied before anything is looked at twice. */
    Result take() {
        signal = false;
        int in = control(RingFormat.IN);
        if (!validIndex(in)) {
            return Result.BROKEN;
        }
        if (in == out) {
            return Result.EMPTY;
        }
        int available = distance(out, in);
        if (available < PacketFormat.DESCRIPTOR + PacketFormat.TRAILER || !readData(out, bytes, 0, PacketFormat.DESCRIPTOR)) {
            return Result.BROKEN;
        }
        int total = Bytes.u16(bytes, PacketFormat.LENGTH) * 8;
        if (total < PacketFormat.DESCRIPTOR || total + PacketFormat.TRAILER > available) {
            return Result.BROKEN;
        }
        if (bytes.length < total) {
            bytes = Arrays.copyOf(bytes, Math.max(total, 2 * bytes.length));
        }
        // the descriptor stays as it was checked
        if (!readData(advance(out, PacketFormat.DESCRIPTOR), bytes, PacketFormat.DESCRIPTOR, total - PacketFormat.DESCRIPTOR)) {
            return Result.BROKEN;
        }
        length = total;
        int before = size - available;
        out = advance(out, total + PacketFormat.TRAILER);
        setControl(RingFormat.OUT, out);
        barrier();
        if ((control(RingFormat.FEATURES) & RingFormat.PENDING_SIZE_USED) != 0) {
            int wanted = control(RingFormat.PENDING_SEND_SIZE);
            int after = before + total + PacketFormat.TRAILER;
            signal = wanted != 0 && before <= wanted && after >= wanted;
        }
        return Result.PACKET;
    }
}
