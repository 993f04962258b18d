package dev.hv.vmbus.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A guest's end of a channel's two rings, by the rules that drivers follow. */
final class GuestRings {

    private static final int IN = 0;
    private static final int OUT = 4;
    private static final int MASK = 8;
    private static final int PENDING = 12;
    private static final int FEATURES = 64;
    private static final int DATA = 4096;

    private final GuestPages outgoing;
    private final GuestPages incoming;
    private final int outgoingSize;
    private final int incomingSize;

    GuestRings(GuestPages outgoing, GuestPages incoming) {
        this.outgoing = outgoing;
        this.incoming = incoming;
        outgoingSize = (int) outgoing.length() - DATA;
        incomingSize = (int) incoming.length() - DATA;
        for (GuestPages ring : new GuestPages[] {outgoing, incoming}) {
            ring.put(0, new byte[DATA]);
            ring.put32(FEATURES, 1);
        }
    }

    int outgoingSize() {
        return outgoingSize;
    }

    boolean sound() {
        int in = outgoing.u32(IN);
        int out = outgoing.u32(OUT);
        return in >= 0 && in < outgoingSize && in % 8 == 0 && out >= 0 && out < outgoingSize && out % 8 == 0;
    }

    /** Bytes that can be written before the ring to the host is full. */
    int room() {
        int in = outgoing.u32(IN);
        int out = outgoing.u32(OUT);
        return outgoingSize - (in - out + outgoingSize) % outgoingSize;
    }

    /** Writes a packet without its trailer; false when it does not fit. The host is to be signalled when {@link #wantsSignal} says so. */
    boolean write(byte[] packet) {
        int total = packet.length + 8;
        if (room() <= total) {
            return false;
        }
        int in = outgoing.u32(IN);
        byte[] whole = Arrays.copyOf(packet, total);
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putLong(packet.length, (long) in << 32);
        int first = Math.min(total, outgoingSize - in);
        outgoing.write(DATA + in, whole, 0, first);
        outgoing.write(DATA, whole, first, total - first);
        outgoing.put32(IN, (in + total) % outgoingSize);
        wantsSignal = outgoing.u32(MASK) == 0 && outgoing.u32(OUT) == in;
        return true;
    }

    private boolean wantsSignal;

    boolean wantsSignal() {
        return wantsSignal;
    }

    /** Takes the next packet without its trailer; null when there is none. */
    byte[] read() {
        wantsSignal = false;
        int in = incoming.u32(IN);
        int out = incoming.u32(OUT);
        if (in == out) {
            return null;
        }
        byte[] descriptor = data(out, 16);
        int length = ByteBuffer.wrap(descriptor).order(ByteOrder.LITTLE_ENDIAN).getShort(4) * 8 & 0x7FFFF;
        byte[] packet = data(out, length + 8);
        long trailer = ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN).getLong(length);
        if (trailer != (long) out << 32) {
            throw new AssertionError("trailer " + Long.toHexString(trailer) + " of the packet at " + out);
        }
        int before = incomingSize - (in - out + incomingSize) % incomingSize;
        incoming.put32(OUT, (out + length + 8) % incomingSize);
        int pending = incoming.u32(PENDING);
        wantsSignal = pending != 0 && before <= pending && before + length + 8 > pending;
        return Arrays.copyOf(packet, length);
    }

    private byte[] data(int index, int length) {
        byte[] b = new byte[length];
        int first = Math.min(length, incomingSize - index);
        incoming.read(DATA + index, b, 0, first);
        incoming.read(DATA, b, first, length - first);
        return b;
    }
}
