package dev.hv.devices.network.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.FrameSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Carries frames over a connected socket: one thread reads, one writes. Frames that the other side does not take in time are dropped;
 * the other side is kept waiting while the machine has not taken what came.
 */
public final class StreamLink implements AutoCloseable {

    /** Longest frame that is taken. */
    public static final int MOST_FRAME = 65_550;

    private static final int LENGTH = 4;
    private static final int MOST_WAITING = 1024;

    private final SocketChannel socket;
    private final Outside.Inlet frames;
    private final Outside.Inlet lost;
    private final BlockingQueue<byte[]> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    /** One for each frame that the machine may still have to take: a fast peer must not fill memory. */
    private final Semaphore room = new Semaphore(MOST_WAITING);
    private final AtomicBoolean over = new AtomicBoolean();
    private Thread reader;
    private Thread writer;

    /**
     * A link that does not carry anything yet.
     *
     * @param socket the other side's; null in a replay
     * @param machine where frames enter
     * @param received gets frames, on the machine's thread
     * @param lost run once on the machine's thread when the other side goes away
     */
    public StreamLink(SocketChannel socket, Outside machine, FrameSink received, Runnable lost) {
        this.socket = socket;
        frames = machine.inlet("frames", frame -> {
            room.release();
            received.frame(frame, 0, frame.length);
        });
        this.lost = machine.inlet("lost link", nothing -> {
            frames.end();
            lost.run();
        });
    }

    /** Starts carrying. */
    public void start() {
        if (socket == null) {
            return;
        }
        reader = Thread.ofPlatform().daemon().name("hv link reader").unstarted(this::read);
        writer = Thread.ofPlatform().daemon().name("hv link writer").unstarted(this::write);
        reader.start();
        writer.start();
    }

    /** Sends a frame, or drops it when too many wait. On the machine's thread. */
    public void send(byte[] bytes, int offset, int length) {
        if (socket == null) {
            return;
        }
        waiting.offer(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    private void read() {
        ByteBuffer head = ByteBuffer.allocate(LENGTH);
        try {
            while (fill(head)) {
                int length = head.getInt(0);
                if (length <= 0 || length > MOST_FRAME) {
                    break;
                }
                ByteBuffer frame = ByteBuffer.allocate(length);
                if (!fill(frame)) {
                    break;
                }
                room.acquire();
                frames.give(frame.array());
            }
        } catch (IOException | InterruptedException e) {
            // the other side went away in the middle, or this one closed: the same as its end
        }
        end();
    }

    /** Reads until the buffer is full; false at the end of the stream. */
    private boolean fill(ByteBuffer buffer) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining()) {
            if (socket.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    private void write() {
        try {
            while (!over.get()) {
                byte[] frame = waiting.take();
                ByteBuffer b = ByteBuffer.allocate(LENGTH + frame.length).putInt(frame.length).put(frame).flip();
                while (b.hasRemaining()) {
                    socket.write(b);
                }
            }
        } catch (IOException | InterruptedException e) {
            end();
        }
    }

    private void end() {
        if (over.compareAndSet(false, true)) {
            closeSocket();
            (Thread.currentThread() == writer ? reader : writer).interrupt();
            lost.give();
        }
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }

    /** Ends the link without telling anybody. */
    @Override
    public void close() {
        over.set(true);
        if (socket == null) {
            return;
        }
        closeSocket();
        if (writer != null) {
            reader.interrupt();
            writer.interrupt();
        }
    }
}
