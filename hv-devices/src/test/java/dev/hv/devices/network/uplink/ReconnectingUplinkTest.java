package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.core.machine.Outside;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReconnectingUplinkTest {

    @TempDir
    private Path folder;
    private final TestMachine machine = new TestMachine(1);
    private final List<Boolean> link = new ArrayList<>();

    private ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
        return server;
    }

    private static void expectFrame(SocketChannel peer, byte[] frame) throws IOException {
        ByteBuffer b = ByteBuffer.allocate(4 + frame.length);
        while (b.hasRemaining()) {
            assertThat(peer.read(b)).isPositive();
        }
        assertThat(b.getInt(0)).isEqualTo(frame.length);
        assertThat(b.slice(4, frame.length)).isEqualTo(ByteBuffer.wrap(frame));
    }

    @Test
    void aPeerThatComesBackIsConnectedToAgain() throws Exception {
        ServerSocketChannel server = listen();
        try (var uplink = ReconnectingUplink.connect(folder.resolve("s"), machine.network, Outside.live(machine.actions::add), link::add)) {
            SocketChannel peer = server.accept();
            expectFrame(peer, machine.broadcast(1));
            server.close();
            peer.close();
            machine.runUntil(() -> !link.isEmpty());
            assertThat(link).containsExactly(false);
            machine.broadcast(2);

            Files.delete(folder.resolve("s"));
            try (var again = listen()) {
                machine.runUntil(() -> link.size() == 2);
                assertThat(link).containsExactly(false, true);
                try (SocketChannel back = again.accept()) {
                    expectFrame(back, machine.broadcast(3));
                }
            }
            assertThat(uplink).isNotNull();
        }
    }

    @Test
    void nobodyThereAtFirstIsAnError() {
        assertThatThrownBy(() -> ReconnectingUplink.connect(folder.resolve("s"), machine.network, Outside.live(machine.actions::add), link::add))
                .isInstanceOf(IOException.class);
    }
}
