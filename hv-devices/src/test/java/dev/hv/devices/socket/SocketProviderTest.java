package dev.hv.devices.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.MovedPartition;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.Guid;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Hyper-V sockets")
class SocketProviderTest {

    private static final int PORT = 0x1234;
    private static final Guid SERVICE = Guid.of("00001234-facb-11e6-bd58-64006a7986d3");
    private static final Guid ENDPOINT = Guid.of("11111111-2222-3333-4444-555555555555");

    /** What the host's end is told. */
    private static final class Peer implements SocketPeer {
        private final List<String> told = new ArrayList<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean ready = true;
        private boolean lasting;

        @Override
        public void opened() {
            told.add("opened");
        }

        @Override
        public void data(byte[] b, int offset, int length) {
            bytes.write(b, offset, length);
        }

        @Override
        public boolean ready() {
            return ready;
        }

        @Override
        public void writable() {
            told.add("writable");
        }

        @Override
        public void finished() {
            told.add("finished");
        }

        @Override
        public void closed() {
            told.add("closed");
        }

        @Override
        public boolean lasting() {
            return lasting;
        }
    }

    private final TestGuest guest = new TestGuest();
    private final SocketProvider sockets = new SocketProvider(guest.bus());
    private final Peer peer = new Peer();
    private SocketConnection connection;

    @BeforeEach
    void connect() {
        guest.bus().serveSockets(sockets);
        guest.connect();
    }

    private void ask(Guid endpoint, Guid service) {
        ByteBuffer m = TestGuest.message(21, 56);
        byte[] guids = new byte[32];
        endpoint.put(guids, 0);
        service.put(guids, 16);
        guest.post(m.put(8, guids));
    }

    private GuestChannel fromGuest() {
        sockets.listen(PORT, (c, port) -> {
            connection = c;
            return peer;
        });
        ask(ENDPOINT, SERVICE);
        TestGuest.Offer offer = guest.expectOffer();
        assertThat(offer.interfaceId()).isEqualTo(SERVICE);
        assertThat(offer.instanceId()).isEqualTo(ENDPOINT);
        assertThat(offer.flags()).as("enumerate, pipe, socket").isEqualTo(0x2011);
        assertThat(offer.userData()).as("a pipe of bytes that the guest has asked for").startsWith(0, 0, 0, 0, 0);
        GuestChannel c = guest.open(offer, 12);
        assertThat(peer.told).containsExactly("opened");
        return c;
    }

    private static byte[] run(byte[] data) {
        return ByteBuffer.allocate(8 + data.length).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(data.length).put(data).array();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] received(List<GuestPacket> packets) {
        var out = new ByteArrayOutputStream();
        for (GuestPacket p : packets) {
            ByteBuffer b = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(b.getInt(0)).isEqualTo(1);
            out.write(p.payload(), 8, b.getInt(4));
        }
        return out.toByteArray();
    }

    @Test
    @DisplayName("that nobody listens on, of services that are no ports, and with an identity in use are refused")
    void refused() {
        ask(ENDPOINT, SERVICE);
        assertThat(guest.expect(23).getInt(40)).isEqualTo(0xC000_0236);
        fromGuest();
        ask(ENDPOINT, SERVICE);
        assertThat(guest.expect(23).getInt(40)).isEqualTo(0xC000_0236);
        ask(new Guid(1, 1), new Guid(PORT, 5));
        assertThat(guest.expect(23).getInt(40)).isEqualTo(0xC000_0236);
    }

    @Test
    @DisplayName("carry bytes both ways, and end when both sides have ended theirs")
    void bytesBothWays() {
        GuestChannel c = fromGuest();
        c.send(run(bytes("hello ")), 0, false);
        c.send(run(bytes("host")), 0, false);
        assertThat(peer.bytes).hasToString("hello host");
        assertThat(connection.write(bytes("hello guest"), 6, 5)).isEqualTo(5);
        assertThat(received(c.receiveAll())).isEqualTo(bytes("guest"));

        c.send(run(new byte[0]), 0, false);
        assertThat(peer.told).containsExactly("opened", "finished");
        assertThat(connection.write(bytes("still"), 0, 5)).isEqualTo(5);
        connection.finish();
        assertThat(connection.write(bytes("no more"), 0, 7)).isZero();
        List<GuestPacket> last = c.receiveAll();
        assertThat(last).hasSize(2);
        assertThat(last.get(1).payload()).startsWith(1, 0, 0, 0, 0, 0, 0, 0);
        guest.expectRescind(c.offer().channel());
        assertThat(peer.told).containsExactly("opened", "finished", "closed");
        assertThat(sockets.count()).isZero();
    }

    @Test
    @DisplayName("wait for a guest that does not read, and for a host that does not")
    void waiting() {
        GuestChannel c = fromGuest();
        byte[] much = new byte[200_000];
        new Random(1).nextBytes(much);
        var got = new ByteArrayOutputStream();
        int sent = 0;
        for (int rounds = 0; sent < much.length; rounds++) {
            assertThat(rounds).isLessThan(100);
            sent += connection.write(much, sent, much.length - sent);
            got.writeBytes(received(c.receiveAll()));
            c.signal();
        }
        got.writeBytes(received(c.receiveAll()));
        assertThat(got.toByteArray()).isEqualTo(much);
        assertThat(peer.told).contains("writable");

        peer.ready = false;
        c.send(run(bytes("later")), 0, false);
        assertThat(peer.bytes.size()).isZero();
        peer.ready = true;
        connection.resume();
        assertThat(peer.bytes).hasToString("later");
    }

    @Test
    @DisplayName("an end waits for room in the ring, too")
    void endWaits() {
        GuestChannel c = fromGuest();
        byte[] one = new byte[1];
        while (connection.write(one, 0, 1) == 1) {
            // until not even one byte fits
        }
        connection.finish();
        // the guest says when it has made room
        List<GuestPacket> all = c.receiveAll();
        assertThat(received(all)).hasSize(all.size() - 1);
        assertThat(all.getLast().payload()[4]).isZero();
    }

    @Test
    @DisplayName("reach programs of the guest, which take the connection or leave it")
    void fromHost() {
        SocketConnection c = sockets.connect(PORT, peer);
        TestGuest.Offer offer = guest.expectOffer();
        assertThat(offer.interfaceId()).isEqualTo(SERVICE);
        assertThat(offer.userData()).as("the guest accepts it").startsWith(0, 0, 0, 0, 1);
        assertThat(c.write(new byte[1], 0, 1)).isZero();
        guest.open(offer, 12).send(run(bytes("hi")), 0, false);
        assertThat(peer.bytes).hasToString("hi");

        Peer second = new Peer();
        SocketConnection unanswered = sockets.connect(PORT, second);
        assertThat(guest.expectOffer().instanceId()).isNotEqualTo(offer.instanceId());
        unanswered.close();
        assertThat(second.told).containsExactly("closed");
    }

    @Test
    @DisplayName("of a guest that breaks the rules are closed: a run longer than its packet, another type, bytes behind the end")
    void broken() {
        for (byte[] bad : List.of(new byte[4], ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(9).array(),
                ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(2).putInt(1).array(), ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(-1).array())) {
            peer.told.clear();
            GuestChannel c = fromGuest();
            c.send(bad, 0, false);
            assertThat(peer.told).containsExactly("opened", "closed");
            guest.expectRescind(c.offer().channel());
            guest.tearDown(c.offer().channel(), c.gpadl());
            guest.post(TestGuest.message(13, 12).putInt(8, c.offer().channel()));
        }
        peer.told.clear();
        GuestChannel c = fromGuest();
        c.send(run(new byte[0]), 0, false);
        c.send(run(bytes("x")), 0, false);
        assertThat(peer.told).containsExactly("opened", "finished", "closed");
    }

    @Test
    @DisplayName("are gone with their guest, open or not, and never offered to the next one")
    void guestGone() {
        fromGuest();
        Peer waiting = new Peer();
        sockets.connect(PORT, waiting);
        guest.expectOffer();
        assertThat(guest.connect()).isEmpty();
        assertThat(peer.told).containsExactly("opened", "closed");
        assertThat(waiting.told).containsExactly("closed");
        assertThat(sockets.count()).isZero();
    }

    @Test
    @DisplayName("are so many at most")
    void many() {
        sockets.listenElse((c, port) -> new Peer());
        for (int i = 0; i < SocketProvider.MOST; i++) {
            ask(new Guid(i + 1, 7), SocketProvider.service(i));
            guest.expectOffer();
        }
        ask(new Guid(9999, 7), SERVICE);
        assertThat(guest.expect(23).getInt(40)).isEqualTo(0xC000_0236);
        assertThat(sockets.connect(1, peer)).isNull();
    }

    @Test
    @DisplayName("go on after a restore where the host's end lasts, and are closed where it does not")
    void restored() throws Exception {
        peer.lasting = true;
        GuestChannel c = fromGuest();
        Peer other = new Peer();
        sockets.connect(77, other);
        TestGuest.Offer second = guest.expectOffer();
        guest.open(second, 12);
        var out = new SectionWriter();
        guest.bus().save(out);
        sockets.save(out);

        var moved = new MovedPartition(guest.partition());
        var bus = new Vmbus(moved, guest.clock());
        var again = new SocketProvider(bus);
        bus.serveSockets(again);
        Peer restored = new Peer();
        SocketConnection[] found = new SocketConnection[1];
        again.listen(PORT, new SocketListener() {
            @Override
            public SocketPeer accept(SocketConnection connection, int port) {
                return null;
            }

            @Override
            public SocketPeer restored(SocketConnection connection, int port, SocketPeer.Passing passing) {
                found[0] = connection;
                return restored;
            }
        });
        var in = new SectionReader(out.toBytes());
        bus.restore(in);
        again.restore(in);
        assertThat(guest.poll()).as("nothing is said before everything is restored").isNull();
        again.goOn();
        assertThat(c.writeSilently(GuestChannel.packet(6, new byte[0], run(bytes("after")), 0, false))).isTrue();
        moved.signal(c.offer().connection());
        assertThat(restored.bytes).hasToString("after");
        assertThat(found[0].write(bytes("back"), 0, 4)).isEqualTo(4);
        assertThat(received(c.receiveAll())).isEqualTo(bytes("back"));
        guest.expectRescind(second.channel());
        assertThat(again.count()).isEqualTo(1);
    }

    @Test
    @DisplayName("that are over when everything is saved, and that the guest has not let go of, stay over")
    void over() throws Exception {
        fromGuest();
        connection.close();
        assertThat(sockets.count()).isZero();
        var out = new SectionWriter();
        guest.bus().save(out);
        sockets.save(out);

        var bus = new Vmbus(new MovedPartition(guest.partition()), guest.clock());
        var again = new SocketProvider(bus);
        bus.serveSockets(again);
        var in = new SectionReader(out.toBytes());
        bus.restore(in);
        again.restore(in);
        again.goOn();
        assertThat(again.count()).isZero();
    }
}
