package dev.hv.cli.vnc;

import dev.hv.cli.screen.InputGate;
import dev.hv.devices.video.ScreenListener;
import dev.hv.devices.video.Screen;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Serves one machine's screen, keyboard and mouse to viewers, at a port of the loopback or a Unix socket. */
public final class VncServer implements AutoCloseable {

    private static final int MOST_VIEWERS = 8;
    /** A viewer that has not said who it is by then is none; who waits for others' wrong passwords may take longer. */
    private static final long HANDSHAKE_NANOS = 60_000_000_000L;

    private final ServerSocketChannel listener;
    private final Path file;
    private final String name;
    private final VncPassword password;
    private final Mirror mirror;
    private final InputGate input;
    private final Semaphore room = new Semaphore(MOST_VIEWERS);
    private final Set<SocketChannel> viewers = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    /**
     * Listens.
     *
     * @param port of the loopback, 0 for any; ignored when there is a file
     * @param file Unix socket to make; null for a port
     * @param password that viewers need; null for none
     * @param name of the machine
     * @param machine runs actions on the machine's thread, between turns
     * @param width of the screen until a guest shows something
     * @throws IOException when the place is taken, or none
     */
    public VncServer(int port, Path file, String password, String name, Consumer<Runnable> machine, Screen video, InputGate input, int width, int height) throws IOException {
        this.file = file;
        this.name = name;
        this.input = input;
        this.password = password == null ? null : new VncPassword(password);
        listener = file == null ? ServerSocketChannel.open() : ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            SocketAddress where = file == null ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port) : UnixDomainSocketAddress.of(file);
            listener.bind(where);
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
        mirror = new Mirror(name, machine, video, width, height);
        mirror.start();
        Thread.ofPlatform().name("vnc " + name).daemon().start(this::accept);
    }

    /** Who is to hear what happens to the screen. */
    public ScreenListener listener() {
        return mirror;
    }

    /** A password that nobody can guess, to be told to who may see the screen. */
    public static String freshPassword() {
        return VncPassword.fresh();
    }

    /** The port that viewers connect to; -1 for a Unix socket. */
    public int port() throws IOException {
        return listener.getLocalAddress() instanceof InetSocketAddress a ? a.getPort() : -1;
    }

    private void accept() {
        while (!over) {
            try {
                SocketChannel viewer = listener.accept();
                if (!room.tryAcquire()) {
                    viewer.close();
                    continue;
                }
                viewers.add(viewer);
                Thread.ofVirtual().name("vnc-viewer").start(() -> serve(viewer));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel viewer) {
        try (var connection = new Connection(viewer)) {
            var begun = new AtomicBoolean();
            Thread watch = Thread.ofVirtual().name("vnc-handshake").start(() -> {
                LockSupport.parkNanos(HANDSHAKE_NANOS);
                if (!begun.get()) {
                    connection.close();
                }
            });
            Handshake.agree(connection, password);
            begun.set(true);
            LockSupport.unpark(watch);
            new Viewer(connection, mirror, input).serve("hv " + name);
        } catch (IOException e) {
            // it has gone, or was sent away
        } finally {
            viewers.remove(viewer);
            room.release();
        }
    }

    @Override
    public void close() {
        over = true;
        mirror.close();
        try {
            listener.close();
            for (SocketChannel v : viewers) {
                v.close();
            }
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // the socket's file stays behind; the next run says that it is in the way
        }
    }
}
