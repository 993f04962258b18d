package dev.hv.devices.socket.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.socket.SocketConnection;
import dev.hv.devices.socket.SocketListener;
import dev.hv.devices.socket.SocketPeer;
import dev.hv.devices.socket.SocketProvider;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Bridges a guest's sockets to Unix sockets of the host, as Firecracker and Cloud Hypervisor do it. Whoever connects to the path and sends
 * {@code CONNECT PORT} and a newline reaches the program of the guest that listens on that port, and is answered {@code OK PORT} when it has taken the
 * connection; a guest that asks for a port reaches whoever listens on the path with {@code _PORT} behind it.
 */
public final class UnixSockets implements SocketListener, AutoCloseable {

    /** Longest request with its newline. */
    private static final int MOST_REQUEST = 32;

    /** A guest without a listener says nothing at all. */
    private static final long ANSWER_MILLIS = 10_000;

    private final Path path;
    private final SocketProvider sockets;
    private final Outside machine;
    private final Outside.Inlet asked;
    /** Programs of the host that ask for connections, on their way to the machine's thread. */
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    /** Null in a replay. */
    private final ServerSocketChannel server;
    private final List<SocketLink> links = new ArrayList<>();

    /**
     * Listens.
     *
     * @param path of the socket that is made, where nothing is yet
     * @param machine where what programs of the host say enters
     * @throws IOException when the socket cannot be made
     */
    public UnixSockets(Path path, SocketProvider sockets, Outside machine) throws IOException {
        this.path = path;
        this.sockets = sockets;
        this.machine = machine;
        asked = machine.inlet("socket request", this::connect);
        sockets.listenElse(this);
        if (machine.replays()) {
            server = null;
            return;
        }
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        Thread.ofPlatform().daemon().name("hv socket listener").start(this::listen);
    }

    /** A program of the host and, when the machine has taken its request, its link. */
    private record Request(SocketChannel client, CompletableFuture<SocketLink> link) {}

    private void listen() {
        try {
            while (true) {
                SocketChannel client = server.accept();
                // each by itself: one that says nothing keeps nobody waiting
                Thread.ofPlatform().daemon().name("hv socket request").start(() -> request(client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void request(SocketChannel client) {
        int port = -1;
        try {
            port = port(line(client));
        } catch (IOException e) {
            // the same as nonsense
        }
        try {
            if (port < 0) {
                client.close();
                return;
            }
            var request = new Request(client, new CompletableFuture<>());
            byte[] wanted = new byte[Integer.BYTES];
            LittleEndian.put32(wanted, 0, port);
            synchronized (requests) {
                requests.add(request);
                asked.give(wanted);
            }
            try {
                request.link().get(ANSWER_MILLIS, TimeUnit.MILLISECONDS).awaitAnswer(ANSWER_MILLIS);
            } catch (TimeoutException e) {
                client.close();
            }
        } catch (IOException | ExecutionException e) {
            // the program has gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On the machine's thread: a program of the host wants a port, u32. */
    private void connect(byte[] wanted) {
        Request request = requests.poll();
        var link = new SocketLink(request == null ? null : request.client(), machine, true);
        keep(link);
        link.connect(sockets.connect(LittleEndian.u32(wanted, 0), link));
        if (request != null) {
            request.link().complete(link);
        }
    }

    /** The first line, byte by byte: what follows is the guest's. */
    private static String line(SocketChannel client) throws IOException {
        var line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (line.length() < MOST_REQUEST && client.read(one.clear()) == 1) {
            if (one.get(0) == '\n') {
                return line.toString();
            }
            line.append((char) (one.get(0) & 0xFF));
        }
        return "";
    }

    /** The port of a request; -1 when it is none. */
    private static int port(String line) {
        String number = line.startsWith("CONNECT ") ? line.substring("CONNECT ".length()).strip() : "";
        if (number.isEmpty() || number.length() > 10 || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        long port = Long.parseLong(number);
        return port <= Integer.MAX_VALUE ? (int) port : -1;
    }

    private void keep(SocketLink link) {
        links.removeIf(SocketLink::over);
        links.add(link);
    }

    @Override
    public SocketPeer accept(SocketConnection connection, int port) {
        var found = new SocketChannel[1];
        long there = machine.ask(() -> {
            found[0] = listener(port);
            return found[0] == null ? 0 : 1;
        });
        if (there == 0) {
            return null;
        }
        var link = new SocketLink(found[0], machine, false);
        link.connect(connection);
        keep(link);
        return link;
    }

    @Override
    public SocketPeer restored(SocketConnection connection, int port, SocketPeer.Passing passing) {
        if (!machine.resumes() || passing.inlet() < 0) {
            return null;
        }
        var link = SocketLink.restored(machine, connection, passing);
        keep(link);
        return link;
    }

    /** A connection to the program of the host that listens for a port; null when none does. */
    private SocketChannel listener(int port) {
        Path to = path.resolveSibling(path.getFileName() + "_" + Integer.toUnsignedString(port));
        if (!Files.exists(to)) {
            return null;
        }
        try {
            SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                // a listener whose queue is full refuses, instead of keeping the machine waiting
                socket.configureBlocking(false);
                if (socket.connect(UnixDomainSocketAddress.of(to))) {
                    socket.configureBlocking(true);
                    return socket;
                }
            } catch (IOException e) {
                // the same as nobody
            }
            socket.close();
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Lets go of the path and of all connections. On the machine's thread, or when that has ended. */
    @Override
    public void close() {
        if (server == null) {
            return;
        }
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // nobody can connect any more either way
        }
        links.forEach(SocketLink::closeSocket);
    }
}
