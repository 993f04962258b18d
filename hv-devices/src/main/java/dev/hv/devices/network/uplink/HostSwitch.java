package dev.hv.devices.network.uplink;

import dev.hv.devices.network.VirtualSwitch;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the virtual switches of one name in several processes of a host: the first process listens on a Unix socket, the others connect
 * to it. When the first one ends, the next to notice takes its place.
 */
public final class HostSwitch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostSwitch.class);

    private final Path path;
    private final VirtualSwitch network;
    private final Consumer<Runnable> machine;
    private final List<AutoCloseable> open = new ArrayList<>();
    private boolean closed;

    private HostSwitch(Path path, VirtualSwitch network, Consumer<Runnable> machine) {
        this.path = path;
        this.network = network;
        this.machine = machine;
    }

    /**
     * Joins a switch to those of other processes.
     *
     * @param path of the socket; its folder exists
     * @param machine runs actions on the machine's thread
     * @throws IOException when the socket can be neither connected to nor made
     */
    public static HostSwitch join(Path path, VirtualSwitch network, Consumer<Runnable> machine) throws IOException {
        var s = new HostSwitch(path, network, machine);
        s.connectOrListen();
        return s;
    }

    private synchronized void connectOrListen() throws IOException {
        if (closed) {
            return;
        }
        Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
        // one at a time: two that find nobody must not both listen
        try (FileChannel c = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock held = c.lock()) {
            SocketChannel socket = held.isValid() ? connect() : null;
            if (socket != null) {
                open.add(SocketUplink.attach(socket, network, "switch", machine, this::again));
            } else {
                listen();
            }
        }
    }

    /** The process that listened has ended. */
    private void again() {
        try {
            connectOrListen();
        } catch (IOException e) {
            LOG.warn("network {} is alone now: {}", network.name(), e.getMessage());
        }
    }

    /** Null when nobody listens. */
    private SocketChannel connect() {
        try {
            return SocketUplink.open(path);
        } catch (IOException e) {
            return null;
        }
    }

    private void listen() throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        open.add(server);
        Thread.ofPlatform().daemon().name("hv switch").start(() -> accept(server));
    }

    private void accept(ServerSocketChannel server) {
        try {
            while (true) {
                SocketChannel peer = server.accept();
                machine.accept(() -> {
                    synchronized (this) {
                        open.add(SocketUplink.attach(peer, network, "peer", machine, () -> { }));
                    }
                });
            }
        } catch (IOException e) {
            LOG.debug("network {}: no more peers: {}", network.name(), e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (AutoCloseable c : open) {
            try {
                c.close();
            } catch (Exception e) {
                LOG.debug("network {}: {}", network.name(), e.getMessage());
            }
        }
    }
}
