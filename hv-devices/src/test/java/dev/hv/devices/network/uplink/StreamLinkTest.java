package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Outside;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StreamLinkTest {

    private static final int MOST_UNDER_WAY = 1024;

    @TempDir
    private Path folder;
    private final LinkedBlockingQueue<Runnable> machine = new LinkedBlockingQueue<>();
    private final List<byte[]> received = new ArrayList<>();
    private final AtomicInteger lost = new AtomicInteger();
    private SocketChannel peer;
    private StreamLink link;

    @BeforeEach
    void connect() throws IOException {
        var address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            SocketChannel own = SocketChannel.open(address);
            peer = server.accept();
            link = new StreamLink(own, Outside.live(machine::add), (b, at, n) -> received.add(Arrays.copyOfRange(b, at, at + n)), lost::incrementAndGet);
        }
        link.start();
    }

    @AfterEach
    void disconnect() throws IOException {
        link.close();
        peer.close();
    }

    /** Runs the machine until it has taken so many actions. */
    private void run(int actions) throws InterruptedException {
        for (int i = 0; i < actions; i++) {
            Runnable action = machine.poll(30, TimeUnit.SECONDS);
            assertThat(action).as("action %d", i).isNotNull();
            action.run();
        }
    }

    private void write(byte[] bytes) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        while (b.hasRemaining()) {
            peer.write(b);
        }
    }

    @Test
    void framesComeWithTheirLengthInFrontHighestByteFirst() throws Exception {
        write(new byte[] {0, 0, 0, 3, 7, 8, 9, 0, 0});
        write(new byte[] {0, 1, 5});
        run(2);
        assertThat(received).containsExactly(new byte[] {7, 8, 9}, new byte[] {5});
    }

    @Test
    void framesGoOutTheSameWay() throws Exception {
        link.send(new byte[] {1, 2, 3, 4, 5}, 1, 3);
        ByteBuffer b = ByteBuffer.allocate(7);
        while (b.hasRemaining()) {
            assertThat(peer.read(b)).isPositive();
        }
        assertThat(b.array()).isEqualTo(new byte[] {0, 0, 0, 3, 2, 3, 4});
    }

    @Test
    void aLengthThatIsNoneEndsTheLink() throws Exception {
        write(new byte[] {(byte) 0x80, 0, 0, 0});
        run(1);
        assertThat(lost).hasValue(1);
        assertThat(received).isEmpty();
        assertThat(peer.read(ByteBuffer.allocate(1))).as("closed").isEqualTo(-1);
    }

    @Test
    void theEndOfTheOtherSideIsToldOnce() throws Exception {
        peer.close();
        run(1);
        assertThat(lost).hasValue(1);
        link.close();
        assertThat(machine).isEmpty();
    }

    @Test
    void aFastPeerWaitsForAMachineThatTakesNothing() throws Exception {
        int frames = 3 * MOST_UNDER_WAY;
        byte[] all = new byte[5 * frames];
        for (int i = 0; i < frames; i++) {
            all[5 * i + 3] = 1;
            all[5 * i + 4] = (byte) i;
        }
        // fits into the socket's buffers or not: another thread may wait
        Thread sender = Thread.ofPlatform().daemon().start(() -> {
            try {
                write(all);
            } catch (IOException e) {
                // the counts below say it
            }
        });
        while (machine.size() < MOST_UNDER_WAY) {
            Thread.sleep(1);
        }
        Thread.sleep(100);
        assertThat(machine).hasSize(MOST_UNDER_WAY);
        run(frames);
        assertThat(received).hasSize(frames);
        assertThat(received.getLast()).containsExactly((byte) (frames - 1));
        sender.join();
    }
}
