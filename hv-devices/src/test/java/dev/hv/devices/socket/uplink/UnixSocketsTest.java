package dev.hv.devices.socket.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Outside;
import dev.hv.devices.socket.SocketProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.Guid;
import java.io.ByteArrayOutputStream;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Unix sockets of the host")
class UnixSocketsTest {

    private static final int PORT = 0x1234;

    private final TestGuest guest = new TestGuest();
    private final SocketProvider sockets = new SocketProvider(guest.bus());
    private final LinkedBlockingQueue<Runnable> actions = new LinkedBlockingQueue<>();
    @TempDir
    private Path temp;
    private Path path;
    private UnixSockets bridge;

    @BeforeEach
    void listen() throws Exception {
        path = temp.resolve("s");
        bridge = new UnixSockets(path, sockets, Outside.live(actions::add));
        guest.bus().serveSockets(sockets);
        guest.connect();
    }

    @AfterEach
    void close() {
        bridge.close();
        assertThat(Files.exists(path)).isFalse();
    }

    /** Runs what the bridge wants done until something is so. */
    private void until(BooleanSupplier so) throws Exception {
        for (int i = 0; !so.getAsBoolean(); i++) {
            assertThat(i).as("waited too long").isLessThan(3000);
            Runnable next = actions.poll(10, TimeUnit.MILLISECONDS);
            if (next != null) {
                next.run();
            }
        }
    }

    private TestGuest.Offer offer() throws Exception {
        TestGuest.Offer[] found = new TestGuest.Offer[1];
        until(() -> {
            if (sockets.count() == 0) {
                return false;
            }
            found[0] = guest.expectOffer();
            return true;
        });
        return found[0];
    }

    private SocketChannel client(String request) throws Exception {
        SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(path));
        c.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        return c;
    }

    private static String read(SocketChannel c, int bytes) throws Exception {
        ByteBuffer b = ByteBuffer.allocate(bytes);
        while (b.hasRemaining() && c.read(b) >= 0) {
            // more
        }
        return new String(b.array(), 0, b.position(), StandardCharsets.US_ASCII);
    }

    private static byte[] run(byte[] data, int offset, int length) {
        return ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(length).put(data, offset, length).array();
    }

    private static byte[] run(String text) {
        return run(text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
    }

    /** Takes what has come; true when the end has, too. */
    private static boolean receive(GuestChannel c, ByteArrayOutputStream into) {
        boolean end = false;
        for (GuestPacket p : c.receiveAll()) {
            int n = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
            into.write(p.payload(), 8, n);
            end |= n == 0;
        }
        return end;
    }

    @Test
    @DisplayName("reach a port of the guest: bytes both ways, ends of both ways")
    void toGuest() throws Exception {
        try (SocketChannel host = client("CONNECT 4660\nfirst ")) {
            TestGuest.Offer offer = offer();
            assertThat(offer.interfaceId()).isEqualTo(SocketProvider.service(PORT));
            GuestChannel c = guest.open(offer, 12);
            assertThat(read(host, 8)).isEqualTo("OK 4660\n");
            host.write(ByteBuffer.wrap("second".getBytes(StandardCharsets.US_ASCII)));
            host.shutdownOutput();
            var got = new ByteArrayOutputStream();
            boolean[] end = new boolean[1];
            until(() -> end[0] |= receive(c, got));
            assertThat(got).hasToString("first second");
            c.send(run("answer"), 0, false);
            c.send(run(""), 0, false);
            until(() -> sockets.count() == 0);
            assertThat(read(host, 100)).isEqualTo("answer");
        }
    }

    @Test
    @DisplayName("are reached from the guest by port, and what nobody listens on is refused")
    void fromGuest() throws Exception {
        byte[] guids = new byte[32];
        new Guid(1, 2).put(guids, 0);
        SocketProvider.service(PORT).put(guids, 16);
        guest.post(TestGuest.message(21, 56).put(8, guids));
        assertThat(guest.expect(23).getInt(40)).isEqualTo(0xC000_0236);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(temp.resolve("s_4660")));
            guest.post(TestGuest.message(21, 56).put(8, guids));
            GuestChannel c = guest.open(guest.expectOffer(), 12);
            try (SocketChannel host = server.accept()) {
                c.send(run("hello"), 0, false);
                assertThat(read(host, 5)).isEqualTo("hello");
            }
            // its program has gone: it sends no more, and what the guest sends finds nobody
            until(() -> receive(c, new ByteArrayOutputStream()));
            assertThat(sockets.count()).isEqualTo(1);
            c.send(run("x"), 0, false);
            until(() -> sockets.count() == 0);
            guest.expectRescind(c.offer().channel());
        }
    }

    @Test
    @DisplayName("keep either side waiting for the other, and lose nothing")
    void waiting() throws Exception {
        byte[] much = new byte[3 << 20];
        new Random(3).nextBytes(much);
        try (SocketChannel host = client("CONNECT 4660\n")) {
            GuestChannel c = guest.open(offer(), 12);
            assertThat(read(host, 8)).isEqualTo("OK 4660\n");
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    ByteBuffer b = ByteBuffer.wrap(much);
                    while (b.hasRemaining()) {
                        host.write(b);
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            var got = new ByteArrayOutputStream();
            until(() -> {
                receive(c, got);
                return got.size() == much.length;
            });
            writer.join();
            assertThat(got.toByteArray()).isEqualTo(much);

            var read = new ByteArrayOutputStream();
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    ByteBuffer b = ByteBuffer.allocate(10_000);
                    while (read.size() < much.length && host.read(b.clear()) >= 0) {
                        read.write(b.array(), 0, b.position());
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            int[] sent = new int[1];
            until(() -> {
                while (sent[0] < much.length && c.room() > 5000) {
                    int n = Math.min(4096, much.length - sent[0]);
                    c.send(run(much, sent[0], n), 0, false);
                    sent[0] += n;
                }
                return sent[0] == much.length && !reader.isAlive();
            });
            assertThat(read.toByteArray()).isEqualTo(much);
        }
    }

    @Test
    @DisplayName("that ask for nonsense are closed, and reach nobody")
    void nonsense() throws Exception {
        for (String bad : new String[] {"CONNECT x\n", "HELLO\n", "CONNECT 99999999999\n", "CONNECT -1\n", "CONNECT 1 2\n", "x".repeat(40), "\n"}) {
            try (SocketChannel host = client(bad)) {
                String answer;
                try {
                    answer = read(host, 1);
                } catch (SocketException e) {
                    // closed with bytes of the request unread
                    answer = "";
                }
                assertThat(answer).as(bad).isEmpty();
            }
        }
        assertThat(sockets.count()).isZero();
        assertThat(actions).isEmpty();
    }
}
