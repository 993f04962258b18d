package dev.hv.devices.socket.uplink;

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
import java.util.function.Consumer;

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
    private final Consumer<Runnable> machine;
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

    SocketLink(SocketChannel socket, Consumer<Runnable> machine, boolean fromHost) {
        this.socket = socket;
        this.machine = machine;
        this.fromHost = fromHost;
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
        reader = Thread.ofPlatform().daemon().name("hv socket reader").start(this::read);
        writer = Thread.ofPlatform().daemon().name("hv socket writer").start(this::write);
    }

    // ---- from the guest ----------------------------------------------------------------------------------------------------

    private void queue(byte[] bytes) {
        queued += bytes.length;
        waiting.add(bytes);
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
                int written = next.length;
                machine.accept(() -> written(written));
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
                byte[] read = Arrays.copyOf(b.array(), n);
                machine.accept(() -> give(read));
                taken.acquire();
            }
            machine.accept(() -> {
                if (!over) {
                    connection.finish();
                }
            });
        } catch (IOException | InterruptedException e) {
            lost();
        }
    }

    private void give(byte[] read) {
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
        machine.accept(() -> {
            if (!over) {
                connection.close();
            }
        });
    }

    @Override
    public void closed() {
        over = true;
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
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }
}
