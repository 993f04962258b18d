package dev.hv.vmbus.guest;

import dev.hv.core.machine.HostWork;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest in memory on a bus of its own: connects, learns of offers, describes memory, opens channels. Numbers of messages and offsets
 * are written out here, so that a mistake in the bus's own definitions shows.
 */
public final class TestGuest {

    /** The synthetic interrupt source of VMBus. */
    public static final int SINT = 2;
    /** Newest version that Debian's kernels speak. */
    public static final int NEWEST = 5 << 16 | 3;

    private static final int FIRST_BODY = 26;
    private static final int BODY = 28;

    /**
     * An offer as the guest got it.
     *
     * @param interfaceId kind of device
     * @param instanceId which one
     * @param flags offer flags
     * @param userData 120 bytes
     * @param subChannel index, 0 for a primary channel
     * @param channel id
     * @param connection where to signal
     */
    public record Offer(Guid interfaceId, Guid instanceId, int flags, byte[] userData, int subChannel, int channel, int connection) {}

    private final TestPartition partition;
    private final TestClock clock = new TestClock();
    private final Vmbus bus;
    private int connection = 4;
    private int nextGpadl = 0xE1E10;

    /** A guest with 16 MiB. */
    public TestGuest() {
        this(4096);
    }

    /** A guest with so many pages of memory. */
    public TestGuest(int pages) {
        this(pages, goOn -> HostWork.UNLIMITED);
    }

    /** A guest with so many pages of memory, whose providers work in turns. */
    public TestGuest(int pages, HostWork.Source turns) {
        partition = new TestPartition(pages);
        bus = new Vmbus(partition, clock, turns);
    }

    /** Its memory, messages and signals. */
    public TestPartition partition() {
        return partition;
    }

    /** The bus that it is on: providers offer here. */
    public Vmbus bus() {
        return bus;
    }

    /** The clock of the bus. */
    public TestClock clock() {
        return clock;
    }

    // ---- messages ----------------------------------------------------------------------------------------------------------

    /** A message of a type, zeros behind it. */
    public static ByteBuffer message(int type, int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type);
    }

    /** Posts a message on the connection in use. */
    public void post(ByteBuffer message) {
        if (!partition.post(connection, message.array())) {
            throw new AssertionError("nobody listens on connection " + connection);
        }
    }

    /** The oldest message from the host; null when there is none. */
    public ByteBuffer poll() {
        TestPartition.Message m = partition.take();
        return m == null ? null : ByteBuffer.wrap(m.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The oldest message from the host, which must be of a type. */
    public ByteBuffer expect(int type) {
        ByteBuffer m = poll();
        if (m == null || m.getInt(0) != type) {
            throw new AssertionError("message " + type + " was expected, not " + (m == null ? "none" : m.getInt(0)));
        }
        return m;
    }

    // ---- connecting ----------------------------------------------------------------------------------------------------------

    /** Connects with {@link #NEWEST} and takes the offers. */
    public List<Offer> connect() {
        if (!connect(NEWEST)) {
            throw new AssertionError("the host does not speak version 5.3");
        }
        return requestOffers();
    }

    /** Offers a version, with messages to processor 0; whether the host takes it. */
    public boolean connect(int version) {
        return connect(version, 0);
    }

    /** Offers a version, with messages to a processor; whether the host takes it. */
    public boolean connect(int version, int vp) {
        boolean five = version >>> 16 >= 5;
        connection = five ? 4 : 1;
        ByteBuffer m = message(14, version >>> 16 >= 6 ? 56 : 40).putInt(8, version).putInt(12, vp);
        if (five) {
            m.put(16, (byte) SINT);
        }
        post(m);
        ByteBuffer r = expect(15);
        if (r.get(8) != 0 && five) {
            connection = r.getInt(12);
        }
        return r.get(8) != 0;
    }

    /** Asks for the offers and takes them up to the message that says they were all. */
    public List<Offer> requestOffers() {
        post(message(3, 8));
        List<Offer> all = new ArrayList<>();
        ByteBuffer m = poll();
        for (; m != null && m.getInt(0) == 1; m = poll()) {
            all.add(offer(m));
        }
        if (m == null || m.getInt(0) != 4) {
            throw new AssertionError("the host did not say that all was offered");
        }
        return all;
    }

    /** The next message from the host, which must be an offer. */
    public Offer expectOffer() {
        return offer(expect(1));
    }

    private static Offer offer(ByteBuffer m) {
        byte[] user = new byte[120];
        m.get(60, user);
        return new Offer(new Guid(m.getLong(8), m.getLong(16)), new Guid(m.getLong(24), m.getLong(32)), m.getShort(56), user,
                m.getShort(180), m.getInt(184), m.getInt(192));
    }

    // ---- memory --------------------------------------------------------------------------------------------------------------

    /** Describes memory as one range, in as many messages as drivers use, and takes the answer; the id of the GPADL. */
    public int describe(int channel, GuestPages memory) {
        int gpadl = nextGpadl++;
        int status = describe(channel, gpadl, memory.pfns(), 0, (int) memory.length());
        if (status != 0) {
            throw new AssertionError("the host refused the GPADL: " + Integer.toHexString(status));
        }
        return gpadl;
    }

    /** Describes memory under an id of the caller's; the status that the host answers. */
    public int describe(int channel, int gpadl, long[] pfns, int offset, int length) {
        int first = Math.min(pfns.length, FIRST_BODY);
        ByteBuffer m = message(8, 28 + 8 * first).putInt(8, channel).putInt(12, gpadl);
        m.putShort(16, (short) (8 + 8 * pfns.length)).putShort(18, (short) 1).putInt(20, length).putInt(24, offset);
        for (int i = 0; i < first; i++) {
            m.putLong(28 + 8 * i, pfns[i]);
        }
        post(m);
        for (int at = first; at < pfns.length; at += BODY) {
            int n = Math.min(BODY, pfns.length - at);
            ByteBuffer body = message(9, 16 + 8 * n).putInt(12, gpadl);
            for (int i = 0; i < n; i++) {
                body.putLong(16 + 8 * i, pfns[at + i]);
            }
            post(body);
        }
        ByteBuffer r = expect(10);
        if (r.getInt(8) != channel || r.getInt(12) != gpadl) {
            throw new AssertionError("the answer is about another GPADL");
        }
        return r.getInt(16);
    }

    /** Takes a GPADL back. */
    public void tearDown(int channel, int gpadl) {
        post(message(11, 16).putInt(8, channel).putInt(12, gpadl));
        ByteBuffer r = expect(12);
        if (r.getInt(8) != gpadl) {
            throw new AssertionError("the answer is about another GPADL");
        }
    }

    // ---- channels --------------------------------------------------------------------------------------------------------------

    /** Opens a channel with rings of so many pages of data each, on processor 0. */
    public GuestChannel open(Offer offer, int dataPages) {
        return open(offer, dataPages, 0, new byte[120]);
    }

    /** Opens a channel with rings of so many pages of data each, on a processor, with 120 bytes of user data. */
    public GuestChannel open(Offer offer, int dataPages, int vp, byte[] userData) {
        int downstream = dataPages + 1;
        GuestPages pages = partition.allocate(2 * downstream);
        var rings = new GuestRings(pages.part(0, downstream), pages.part(downstream, downstream));
        int gpadl = describe(offer.channel(), pages);
        post(openMessage(offer.channel(), gpadl, vp, downstream, userData));
        ByteBuffer r = expect(6);
        if (r.getInt(16) != 0) {
            throw new AssertionError("the host refused to open: " + Integer.toHexString(r.getInt(16)));
        }
        return new GuestChannel(this, offer, gpadl, vp, pages, downstream, rings);
    }

    /** An OpenChannel message. */
    public static ByteBuffer openMessage(int channel, int gpadl, int vp, int downstream, byte[] userData) {
        ByteBuffer m = message(5, 148).putInt(8, channel).putInt(12, channel).putInt(16, gpadl).putInt(20, vp).putInt(24, downstream);
        return m.put(28, userData);
    }

    /** The host takes a channel back: takes the message and answers that its id is free. */
    public void expectRescind(int channel) {
        ByteBuffer r = expect(2);
        if (r.getInt(8) != channel) {
            throw new AssertionError("channel " + r.getInt(8) + " was taken back, not " + channel);
        }
        post(message(13, 12).putInt(8, channel));
    }

    /** Ends the connection. */
    public void unload() {
        post(message(16, 8));
        ByteBuffer m = poll();
        while (m != null && m.getInt(0) != 17) {
            m = poll();
        }
        if (m == null) {
            throw new AssertionError("the host did not answer Unload");
        }
    }
}
