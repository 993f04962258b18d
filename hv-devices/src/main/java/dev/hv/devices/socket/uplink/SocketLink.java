package dev.hv.devices.socket.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.socket.SocketConnection;
import dev.hv.devices.socket.SocketPeer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Carries the bytes of one connection over a Unix socket: one thread reads, one writes. Either side that does not take bytes keeps the other waiting;
 * the end of each way is passed on by itself.
 */
final class SocketLink implements SocketPeer {

    /** Bytes from the guest that may wait for the host's program. */
    private static final int MOST_WAITING = 256 << 10;
    private static final int PIECE = 64 << 10;
    private static final byte[] END = new byte[0];
    /** How long a program of the host that does not read keeps what the guest sent before it closed. */
    private static final Duration LINGER = Duration.ofSeconds(10);

    private final SocketChannel socket;
    /** Bytes from the host; none are the end of its way. */
    private final Outside.Inlet received;
    /** How many bytes the host has taken, u32. */
    private final Outside.Inlet sent;
    private final Outside.Inlet gone;
    /** The program of the host asked for the connection, and is told when the guest has taken it. */
    private final boolean fromHost;
    private final LinkedBlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
    /** The piece that was read last is with the guest. */
    private final Semaphore taken = new Semaphore(0);
    private SocketConnection connection;
    private long queued;
    private byte[] piece = END;
    private int given;
    private boolean over;
    /** The guest has taken the connection, or it is over before that. */
    private final CountDownLatch answered = new CountDownLatch(1);
    private Thread reader;
    private Thread writer;

    /**
     * A link that does not carry anything yet. On the machine's thread.
     *
     * @param socket of the host's program; null in a replay
     */
    SocketLink(SocketChannel socket, Outside machine, boolean fromHost) {
        this(socket, machine, fromHost, -1);
    }

    private SocketLink(SocketChannel socket, Outside machine, boolean fromHost, int inlet) {
        this.socket = socket;
        this.fromHost = fromHost;
        received = machine.inlet("socket data", this::given, inlet);
        sent = machine.inlet("socket taken", n -> written(LittleEndian.u32(n, 0)), inlet < 0 ? inlet : inlet + 1);
        gone = machine.inlet("socket lost", nothing -> {
            if (!over) {
                connection.close();
            }
        }, inlet < 0 ? inlet : inlet + 2);
    }

    /** The machine's half of a link in a replay that goes on from a state of the run. */
    static SocketLink restored(Outside machine, SocketConnection connection, Passing passing) {
        var link = new SocketLink(null, machine, passing.fromHost(), passing.inlet());
        link.connection = connection;
        link.queued = passing.queued();
        link.piece = passing.unread();
        return link;
    }

    @Override
    public Passing passing() {
        return new Passing(fromHost, queued, Arrays.copyOfRange(piece, given, piece.length), received.number());
    }

    /** In a replay of the run, whose recording has what the host's program says; elsewhere that is gone. */
    @Override
    public boolean lasting() {
        return true;
    }

    /** The connection that it belongs to; null refuses it. On the machine's thread. */
    void connect(SocketConnection made) {
        connection = made;
        if (made == null) {
            closed();
        }
    }

    /** Waits for the guest's answer to the request of a program of the host; without one the connection is given up. */
    void awaitAnswer(long millis) {
        try {
            if (!answered.await(millis, TimeUnit.MILLISECONDS)) {
                lost();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void opened() {
        answered.countDown();
        if (fromHost) {
            queue(("OK " + connection.port() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        if (socket == null) {
            return;
        }
        reader = Thread.ofPlatform().daemon().name("hv socket reader").start(this::read);
        writer = Thread.ofPlatform().daemon().name("hv socket writer").start(this::write);
    }

    // ---- from the guest ----------------------------------------------------------------------------------------------------

    private void queue(byte[] bytes) {
        queued += bytes.length;
        if (socket != null) {
            waiting.add(bytes);
        }
    }

    @Override
    public boolean ready() {
        return queued < MOST_WAITING;
    }

    @Override
    public void data(byte[] bytes, int offset, int length) {
        queue(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    @Override
    public void finished() {
        waiting.add(END);
    }

    private void write() {
        try {
            for (byte[] next = waiting.take(); next != END; next = waiting.take()) {
                ByteBuffer b = ByteBuffer.wrap(next);
                while (b.hasRemaining()) {
                    socket.write(b);
                }
                byte[] count = new byte[Integer.BYTES];
                LittleEndian.put32(count, 0, next.length);
                sent.give(count);
            }
            socket.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            lost();
        }
    }

    private void written(int bytes) {
        boolean full = !ready();
        queued -= bytes;
        if (full && ready() && !over) {
            connection.resume();
        }
    }

    // ---- from the host -----------------------------------------------------------------------------------------------------

    private void read() {
        ByteBuffer b = ByteBuffer.allocate(PIECE);
        try {
            for (int n = socket.read(b.clear()); n >= 0; n = socket.read(b.clear())) {
                if (n > 0) {
                    received.give(Arrays.copyOf(b.array(), n));
                    taken.acquire();
                }
            }
            received.give();
        } catch (IOException | InterruptedException e) {
            lost();
        }
    }

    private void given(byte[] read) {
        if (read.length == 0) {
            if (!over) {
                connection.finish();
            }
            return;
        }
        piece = read;
        given = 0;
        writable();
    }

    @Override
    public void writable() {
        if (!over && given < piece.length) {
            given += connection.write(piece, given, piece.length - given);
            if (given == piece.length) {
                taken.release();
            }
        }
    }

    // ---- the end -------------------------------------------------------------------------------------------------------------

    /** The host's program is gone, or the link was closed meanwhile. */
    private void lost() {
        gone.give();
    }

    @Override
    public void closed() {
        over = true;
        received.end();
        sent.end();
        gone.end();
        answered.countDown();
        if (writer != null) {
            // what the guest sent before it closed is still written
            waiting.add(END);
            taken.release();
            Thread.ofVirtual().start(this::closeSoon);
        } else {
            closeSocket();
        }
    }

    private void closeSoon() {
        try {
            writer.join(LINGER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeSocket();
    }

    /** Whether the connection has ended. */
    boolean over() {
        return over;
    }

    /** Lets go of the socket at once. */
    void closeSocket() {
        if (socket == null) {
            return;
        }
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }
}
