package dev.hv.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What a guest prints, on its way to the host: a bounded queue with a thread of its own, so that a reader who does not read stops
 * nobody. What finds no room is dropped and counted.
 */
public final class OutputQueue {

    /** Bytes that wait at most. */
    static final int CAPACITY = 1 << 20;
    private static final int FIRST = 1 << 13;
    /** Bytes written at once at most. */
    private static final int CHUNK = 1 << 13;

    private final OutputStream out;
    private final long patience;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition emptied = lock.newCondition();
    private byte[] ring = new byte[FIRST];
    private int head;
    private int used;
    private boolean writing;
    private boolean stalled;
    private boolean ended;
    private boolean closed;
    private boolean givenUp;
    private long lost;
    private IOException failure;
    private Consumer<IOException> listener = e -> {};

    /**
     * An empty queue to a stream, which it closes when all is written.
     *
     * @param patience nanoseconds of the host that a writer waits for room when the queue has just become full; then everything is dropped
     *     until half of it has been read. 0 where others must not wait
     */
    public OutputQueue(OutputStream out, long patience) {
        this.out = out;
        this.patience = patience;
        Thread.ofPlatform().daemon().name("console-output").start(this::drain);
    }

    /** Has an action run when the stream takes nothing any more: once, on any thread, at once when that has happened already. */
    public void onFailure(Consumer<IOException> action) {
        IOException already;
        lock.lock();
        try {
            listener = action;
            already = failure;
        } finally {
            lock.unlock();
        }
        if (already != null) {
            action.accept(already);
        }
    }

    /** Queues bytes; all of them or, without room, none. */
    public void write(byte[] bytes, int offset, int length) {
        lock.lock();
        try {
            if (failure != null) {
                return;
            }
            if (length > CAPACITY - used && !room(length)) {
                lost += length;
                return;
            }
            grow(used + length);
            int tail = head + used & ring.length - 1;
            int first = Math.min(length, ring.length - tail);
            System.arraycopy(bytes, offset, ring, tail, first);
            System.arraycopy(bytes, offset + first, ring, 0, length - first);
            used += length;
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for room, when that is worth while. */
    private boolean room(int length) {
        stalled &= used > CAPACITY / 2;
        if (!stalled) {
            stalled = true;
            if (await(() -> length <= CAPACITY - used, patience)) {
                stalled = false;
            }
        }
        return !stalled && failure == null;
    }

    private interface Until {
        boolean met();
    }

    /** Waits until a condition is met or nothing more can be written, at most for some nanoseconds; whether it is met. */
    private boolean await(Until until, long nanos) {
        long left = nanos;
        while (!until.met() && failure == null && !givenUp && left > 0) {
            try {
                left = emptied.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return until.met();
    }

    private void grow(int needed) {
        if (needed > ring.length) {
            byte[] larger = new byte[Integer.highestOneBit(needed - 1) << 1];
            int first = Math.min(used, ring.length - head);
            System.arraycopy(ring, head, larger, 0, first);
            System.arraycopy(ring, 0, larger, first, used - first);
            ring = larger;
            head = 0;
        }
    }

    /** Bytes that were dropped because nobody read. */
    public long lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until everything is written, or nothing can be; what still waits after that time is lost.
     *
     * @param nanos time of the host, {@link Long#MAX_VALUE} for as long as it takes
     */
    public void finish(long nanos) {
        lock.lock();
        try {
            // whole seconds at a time: the longest wait of the platform is shorter than for ever
            ended = true;
            filled.signal();
            long left = nanos;
            while (left > 0 && !givenUp && failure == null && !closed) {
                long now = Math.min(left, TimeUnit.SECONDS.toNanos(1));
                await(() -> closed, now);
                left -= now;
            }
            lost += used;
            used = 0;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for a reader any more: from any thread, on the way out. */
    public void giveUp() {
        lock.lock();
        try {
            givenUp = true;
            emptied.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The thread of its own. */
    private void drain() {
        while (true) {
            byte[] chunk = next();
            try {
                if (chunk == null) {
                    out.close();
                    done();
                    return;
                }
                out.write(chunk);
                out.flush();
            } catch (IOException e) {
                fail(e);
                return;
            }
        }
    }

    /** The bytes to write next; null when there will be none. Those before have been written. */
    private byte[] next() {
        lock.lock();
        try {
            writing = false;
            emptied.signalAll();
            while (used == 0 && !ended) {
                filled.awaitUninterruptibly();
            }
            if (used == 0) {
                // the last thing to do
                writing = true;
                return null;
            }
            int n = Math.min(Math.min(used, CHUNK), ring.length - head);
            byte[] chunk = Arrays.copyOfRange(ring, head, head + n);
            head = head + n & ring.length - 1;
            used -= n;
            writing = true;
            return chunk;
        } finally {
            lock.unlock();
        }
    }

    private void done() {
        lock.lock();
        try {
            writing = false;
            closed = true;
            emptied.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException why) {
        Consumer<IOException> told;
        lock.lock();
        try {
            failure = why;
            writing = false;
            used = 0;
            told = listener;
            emptied.signalAll();
        } finally {
            lock.unlock();
        }
        told.accept(why);
    }
}
