package dev.hv.cli.debug;

import dev.hv.cli.config.UsageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a debugger connects: a port of the loopback, or a Unix socket. */
public final class GdbListener implements AutoCloseable {

    private static final String UNIX = "unix:";
    private static final int MOST_PORT = 0xFFFF;

    private final ServerSocketChannel channel;
    /** The socket's file; null for a port. */
    private final Path file;

    private GdbListener(ServerSocketChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /**
     * Listens.
     *
     * @param where a port, 0 for any, or unix:PATH
     * @throws UsageException when that is neither, or taken
     */
    public static GdbListener open(String where) {
        try {
            if (where.startsWith(UNIX)) {
                Path file = Path.of(where.substring(UNIX.length()));
                var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                channel.bind(UnixDomainSocketAddress.of(file));
                return new GdbListener(channel, file);
            }
            int port = where.matches("\\d{1,5}") ? Integer.parseInt(where) : MOST_PORT + 1;
            if (port > MOST_PORT) {
                throw new UsageException("--gdb " + where + ": a port from 0 to 65535, or unix:PATH");
            }
            var channel = ServerSocketChannel.open(StandardProtocolFamily.INET);
            channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
            return new GdbListener(channel, null);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--gdb " + where + ": " + e.getMessage());
        }
    }

    /** What a debugger's {@code target remote} takes. */
    public String address() throws IOException {
        return file != null ? file.toString() : "127.0.0.1:" + ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    ServerSocketChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // the socket's file stays behind; the next run says that it is in the way
        }
    }
}
