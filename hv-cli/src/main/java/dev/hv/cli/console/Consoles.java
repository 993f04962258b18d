package dev.hv.cli.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** Opens consoles as {@code --serial} names them. */
public final class Consoles {

    private Consoles() {}

    /**
     * Opens a console.
     *
     * @param where stdio, file:F, socket:F (a Unix socket that this listens on, for one connection) or none
     * @param terminal whether standard input is a terminal
     * @param nanos how long to wait for somebody to connect, {@link Long#MAX_VALUE} for ever
     * @throws SocketTimeoutException when nobody has connected in that time
     * @throws IOException with a message for the user
     */
    public static HostConsole open(String where, boolean terminal, long nanos) throws IOException {
        if (where.equals("none")) {
            return HostConsole.none();
        }
        if (where.startsWith("file:")) {
            OutputStream out = file(Path.of(where.substring(5)));
            return HostConsole.of(out, null, () -> close(out));
        }
        if (where.startsWith("socket:")) {
            return socket(Path.of(where.substring(7)), nanos);
        }
        if (terminal) {
            return new TerminalConsole();
        }
        return HostConsole.of(new StandardOutput(), new FileInputStream(FileDescriptor.in), () -> {});
    }

    /** A pipe is opened for reading, too: that does not wait for who reads at its other end. */
    private static OutputStream file(Path path) throws IOException {
        if (Files.exists(path) && Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
            return Channels.newOutputStream(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
        }
        return new FileOutputStream(path.toFile());
    }

    private static HostConsole socket(Path path, long nanos) throws IOException {
        SocketChannel peer;
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX); var selector = Selector.open()) {
            server.bind(UnixDomainSocketAddress.of(path));
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            // 0 would mean for ever
            selector.select(nanos == Long.MAX_VALUE ? 0 : Math.max(1, nanos / 1_000_000));
            peer = server.accept();
        }
        if (peer == null) {
            Files.deleteIfExists(path);
            throw new SocketTimeoutException("nobody connected to " + path);
        }
        return HostConsole.of(Channels.newOutputStream(peer), Channels.newInputStream(peer), () -> {
            close(peer);
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // the socket's file stays behind; the next run says that it is in the way
            }
        });
    }

    private static void close(AutoCloseable c) {
        try {
            c.close();
        } catch (Exception e) {
            // nothing more can be done for a stream that does not close
        }
    }
}
