package dev.hv.devices.network.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.VirtualSwitch;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the virtual switches of one name in several processes of a host: the first process listens on a Unix socket, the others connect
 * to it. When the first one ends, the next to notice takes its place. A file lock lets one process at a time look for the others; a
 * thread of this class waits for it, never the machine's.
 */
public final class HostSwitch implements AutoCloseable {

    private static final long RETRY_MILLIS = 20;
    /** What came of looking for the others, beside how many were found. */
    private static final long LATER = -1;
    private static final long FAILED = -2;
    private static final Logger LOG = LoggerFactory.getLogger(HostSwitch.class);

    private final Path path;
    private final VirtualSwitch network;
    private final Outside machine;
    private final Outside.Inlet found;
    private final Outside.Inlet came;
    /** Sockets on their way to the machine's thread: one to the others, and those of others. */
    private final Queue<SocketChannel> toOthers = new ConcurrentLinkedQueue<>();
    private final Queue<SocketChannel> peers = new ConcurrentLinkedQueue<>();
    /** What is to be closed; the lock on this object is held for moments only. */
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);

    private HostSwitch(Path path, VirtualSwitch network, Outside machine) {
        this.path = path;
        this.network = network;
        this.machine = machine;
        found = machine.inlet("switch found", nothing -> attach(toOthers.poll(), "switch", this::meetLater));
        came = machine.inlet("peer of a switch", nothing -> attach(peers.poll(), "peer", () -> { }));
    }

    /**
     * Joins a switch to those of other processes: at once, or soon when another process is doing so at this moment.
     *
     * @param path of the socket; its folder exists
     * @param machine where frames enter
     * @throws IOException when the socket can be neither connected to nor made
     */
    public static HostSwitch join(Path path, VirtualSwitch network, Outside machine) throws IOException {
        var s = new HostSwitch(path, network, machine);
        var failure = new IOException[1];
        long met = machine.ask(() -> {
            try {
                return s.meet() ? s.toOthers.size() : LATER;
            } catch (IOException e) {
                failure[0] = e;
                return FAILED;
            }
        });
        if (met == FAILED) {
            throw failure[0] == null ? new IOException("it could be neither connected to nor made") : failure[0];
        }
        if (met == LATER) {
            s.meetLater();
        } else if (met > 0) {
            s.attach(s.toOthers.poll(), "switch", s::meetLater);
        }
        return s;
    }

    /** Looks for the others, which are in {@link #toOthers} then, or begins to wait for them; false when another process is about to. */
    private boolean meet() throws IOException {
        Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
        // one at a time: two that find nobody must not both listen
        try (FileChannel c = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock held = tryLock(c)) {
            if (held == null) {
                return false;
            }
            SocketChannel socket = connect();
            if (socket != null) {
                toOthers.add(socket);
            } else {
                listen();
            }
            return true;
        }
    }

    private static FileLock tryLock(FileChannel c) throws IOException {
        try {
            return c.tryLock();
        } catch (OverlappingFileLockException e) {
            // somebody else in this process has it
            return null;
        }
    }

    /** The process that listened has ended, or another one is about to listen. */
    private void meetLater() {
        if (machine.replays()) {
            return;
        }
        Thread.ofPlatform().daemon().name("hv switch").start(() -> {
            try {
                while (over.getCount() > 0 && !meet()) {
                    over.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
                }
                if (!toOthers.isEmpty()) {
                    found.give();
                }
            } catch (IOException | InterruptedException e) {
                LOG.warn("network {} is alone now: {}", network.name(), e.getMessage());
            }
        });
    }

    /** On the machine's thread, or before it runs. */
    private void attach(SocketChannel socket, String station, Runnable lost) {
        keep(over.getCount() == 0 && socket != null ? socket : SocketUplink.attach(socket, network, station, machine, lost));
    }

    /** Notes what is to be closed; closes it when everything else has been already. */
    private synchronized void keep(AutoCloseable c) {
        open.add(c);
        if (over.getCount() == 0) {
            closeAll();
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
        keep(server);
        Thread.ofPlatform().daemon().name("hv switch").start(() -> accept(server));
    }

    private void accept(ServerSocketChannel server) {
        try {
            while (true) {
                SocketChannel peer = server.accept();
                peers.add(peer);
                came.give();
            }
        } catch (IOException e) {
            LOG.debug("network {}: no more peers: {}", network.name(), e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        over.countDown();
        closeAll();
    }

    private void closeAll() {
        for (AutoCloseable c : open) {
            try {
                c.close();
            } catch (Exception e) {
                LOG.debug("network {}: {}", network.name(), e.getMessage());
            }
        }
        open.clear();
    }
}
