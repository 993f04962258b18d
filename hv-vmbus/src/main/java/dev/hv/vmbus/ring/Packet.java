package dev.hv.vmbus.ring;

import dev.hv.vmbus.memory.GuestBuffer;
import java.util.ArrayList;
import java.util.List;

/** A packet taken from a ring: all of it was copied out before anything was parsed. Filled anew by every {@code Channel.receive}. */
public final class Packet {

    /** Packet types (VMPACKET types of the public VMBus headers). */
    public enum Type {
        IN_BAND(6),
        TRANSFER_PAGES(7),
        GPA_DIRECT(9),
        COMPLETION(11);

        private static final Type[] BY_NUMBER = new Type[12];

        static {
            for (Type t : values()) {
                BY_NUMBER[t.number] = t;
            }
        }

        private final int number;

        Type(int number) {
            this.number = number;
        }

        /** The type with a number; null when there is none. */
        public static Type of(int number) {
            return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
        }

        /** Number in the descriptor. */
        public int number() {
            return number;
        }
    }

    private Type type;
    private boolean completionRequested;
    private long transactionId;
    private byte[] payload = new byte[512];
    private int length;
    private final List<GuestBuffer> buffers = new ArrayList<>();

    /** Fills the packet; the payload is copied. */
    public void set(Type newType, boolean wantsCompletion, long newTransactionId, byte[] from, int offset, int newLength) {
        type = newType;
        completionRequested = wantsCompletion;
        transactionId = newTransactionId;
        if (payload.length < newLength) {
            payload = new byte[Math.max(newLength, 2 * payload.length)];
        }
        System.arraycopy(from, offset, payload, 0, newLength);
        length = newLength;
        buffers.clear();
    }

    /** Adds a range of a GPA-direct packet. */
    public void addBuffer(GuestBuffer buffer) {
        buffers.add(buffer);
    }

    /** Kind of packet. */
    public Type type() {
        return type;
    }

    /** Whether the guest waits for a completion packet. */
    public boolean completionRequested() {
        return completionRequested;
    }

    /** To be echoed in the completion. */
    public long transactionId() {
        return transactionId;
    }

    /** The payload's bytes; valid until the packet is filled anew, {@link #length} of them. */
    public byte[] payload() {
        return payload;
    }

    /** Bytes of payload, padding to 8 included. */
    public int length() {
        return length;
    }

    /** Ranges of guest memory that came with a GPA-direct packet, in order; they stay valid when the packet is filled anew. */
    public List<GuestBuffer> buffers() {
        return buffers;
    }
}
