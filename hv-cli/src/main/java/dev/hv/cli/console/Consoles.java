package dev.hv.cli.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens consoles as {@code --serial} names them. */
public final class Consoles {

    private Consoles() {}

    /**
     * Opens a console.
     *
     * @param where stdio, file:F, socket:F (a Unix socket that this listens on, for one connection) or none
     * @param terminal whether standard input is a terminal
     * @throws IOException with a message for the user
     */
    public static HostConsole open(String where, boolean terminal) throws IOException {
        if (where.equals("none")) {
            return HostConsole.none();
        }
        if (where.startsWith("file:")) {
            var out = new FileOutputStream(where.substring(5));
            return HostConsole.of(out, null, () -> close(out));
        }
        if (where.startsWith("socket:")) {
            return socket(Path.of(where.substring(7)));
        }
        if (terminal) {
            return new TerminalConsole();
        }
        return HostConsole.of(new FileOutputStream(FileDescriptor.out), new FileInputStream(FileDescriptor.in), () -> {});
    }

    private static HostConsole socket(Path path) throws IOException {
        SocketChannel peer;
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            peer = server.accept();
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
