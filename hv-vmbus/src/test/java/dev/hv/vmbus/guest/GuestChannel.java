package dev.hv.vmbus.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A channel that a test guest has opened. */
public final class GuestChannel {

    private static final int IN_BAND = 6;
    private static final int GPA_DIRECT = 9;
    private static final int COMPLETION = 11;

    private final TestGuest guest;
    private final TestGuest.Offer offer;
    private final int gpadl;
    private final int vp;
    private final GuestPages pages;
    private final int downstream;
    private final GuestRings rings;

    GuestChannel(TestGuest guest, TestGuest.Offer offer, int gpadl, int vp, GuestPages pages, int downstream, GuestRings rings) {
        this.guest = guest;
        this.offer = offer;
        this.gpadl = gpadl;
        this.vp = vp;
        this.pages = pages;
        this.downstream = downstream;
        this.rings = rings;
    }

    /** What the host offered. */
    public TestGuest.Offer offer() {
        return offer;
    }

    /** The GPADL of its rings. */
    public int gpadl() {
        return gpadl;
    }

    /** Memory of the ring to the host: control page, data. */
    public GuestPages outgoing() {
        return pages.part(0, downstream);
    }

    /** Memory of the ring to the guest: control page, data. */
    public GuestPages incoming() {
        return pages.part(downstream, (int) (pages.length() / 4096) - downstream);
    }

    /** Sends an in-band packet and signals the host as drivers do. */
    public void send(byte[] payload, long transaction, boolean completionRequested) {
        write(packet(IN_BAND, new byte[0], payload, transaction, completionRequested));
    }

    /** Sends a completion. */
    public void complete(byte[] payload, long transaction) {
        write(packet(COMPLETION, new byte[0], payload, transaction, false));
    }

    /** Sends a GPA-direct packet of one range that wants a completion. */
    public void sendDirect(byte[] payload, long transaction, GuestPages memory, int offset, int length) {
        long[] pfns = memory.pfns();
        int pages = (offset + length + 4095) / 4096;
        ByteBuffer header = ByteBuffer.allocate(16 + 8 * pages).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(0).putInt(1).putInt(length).putInt(offset);
        for (int i = 0; i < pages; i++) {
            header.putLong(pfns[i]);
        }
        write(packet(GPA_DIRECT, header.array(), payload, transaction, true));
    }

    /** Bytes of a packet as it stands in a ring, without its trailer. */
    public static byte[] packet(int type, byte[] header, byte[] payload, long transaction, boolean completionRequested) {
        int total = 16 + header.length + payload.length + 7 & ~7;
        ByteBuffer p = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        p.putShort((short) type).putShort((short) ((16 + header.length) / 8)).putShort((short) (total / 8));
        p.putShort((short) (completionRequested ? 1 : 0)).putLong(transaction).put(header).put(payload);
        return p.array();
    }

    /** Writes a packet and signals the host if the rules ask for it. */
    public void write(byte[] packet) {
        if (!rings.write(packet)) {
            throw new AssertionError("the ring to the host is full");
        }
        if (rings.wantsSignal()) {
            signal();
        }
    }

    /** Writes a packet without a signal; false when the ring is full. */
    public boolean writeSilently(byte[] packet) {
        return rings.write(packet);
    }

    /** Bytes that can be written before the ring to the host is full. */
    public int room() {
        return rings.room();
    }

    /** Whether the indices of the ring to the host make sense, so that packets can be written. */
    public boolean sound() {
        return rings.sound();
    }

    /** Signals the host. */
    public void signal() {
        guest.partition().signal(offer.connection());
    }

    /** Times the guest was signalled on this channel since this was asked last. */
    public int takeSignals() {
        return guest.partition().takeSignals(vp, TestGuest.SINT, offer.channel());
    }

    /** Takes the next packet; null when there is none. Signals the host when it waits for the room. */
    public GuestPacket receive() {
        byte[] p = rings.read();
        if (p == null) {
            return null;
        }
        if (rings.wantsSignal()) {
            signal();
        }
        ByteBuffer b = ByteBuffer.wrap(p).order(ByteOrder.LITTLE_ENDIAN);
        int at = b.getShort(2) * 8;
        return new GuestPacket(b.getShort(0), (b.getShort(6) & 1) != 0, b.getLong(8), Arrays.copyOfRange(p, 16, at),
                Arrays.copyOfRange(p, at, p.length));
    }

    /** Takes all packets that are there. */
    public List<GuestPacket> receiveAll() {
        List<GuestPacket> all = new ArrayList<>();
        for (GuestPacket p = receive(); p != null; p = receive()) {
            all.add(p);
        }
        return all;
    }

    /** Describes memory for this channel's device; the id of the GPADL. */
    public int describe(GuestPages memory) {
        return guest.describe(offer.channel(), memory);
    }

    /** Closes the channel and takes its rings' GPADL back. */
    public void close() {
        guest.post(TestGuest.message(7, 12).putInt(8, offer.channel()));
        guest.tearDown(offer.channel(), gpadl);
    }
}
