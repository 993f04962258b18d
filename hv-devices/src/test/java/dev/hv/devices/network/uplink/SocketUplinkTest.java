package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SocketUplinkTest {

    @TempDir
    private Path temp;

    @Test
    @Timeout(30)
    void aListenerThatDoesNotAcceptKeepsNobody() throws Exception {
        Path path = temp.resolve("s");
        List<SocketChannel> queued = new ArrayList<>();
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path), 1);
            assertThatThrownBy(() -> {
                while (true) {
                    queued.add(SocketUplink.open(path));
                }
            }).isInstanceOf(IOException.class);
        } finally {
            for (SocketChannel s : queued) {
                s.close();
            }
        }
    }
}
