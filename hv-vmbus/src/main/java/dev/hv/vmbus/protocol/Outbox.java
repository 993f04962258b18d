package dev.hv.vmbus.protocol;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Messages on their way to the guest, in order. When the hypervisor takes no more (the guest's queue is full or its interrupt controller
 * is off), the rest is tried again later, ever more seldom.
 */
public final class Outbox {

    /** A guest that lets more messages wait than a full bus has offers does not read them: further ones are dropped. */
    static final int MOST = 2 * VmbusPorts.MOST_CHANNELS;
    private static final long FIRST_RETRY_NANOS = 1_000_000;
    private static final long LAST_RETRY_NANOS = 1_000_000_000;

    private final MessagePost post;
    private final Clock clock;
    private final Clock.Timer retry;
    private final Consumer<byte[]> sent;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private long retryNanos = FIRST_RETRY_NANOS;
    private int vp;
    private int sint;

    /**
     * An empty outbox.
     *
     * @param post takes the messages
     * @param clock for trying again
     * @param sent is told of every message that the hypervisor has taken
     */
    public Outbox(MessagePost post, Clock clock, Consumer<byte[]> sent) {
        this.post = post;
        this.clock = clock;
        this.sent = sent;
        retry = clock.timer("vmbus messages", this::flush);
    }

    /** Where messages go from now on. */
    public void target(int newVp, int newSint) {
        vp = newVp;
        sint = newSint;
    }

    /** Sends a message behind those that wait; false when too many do. */
    public boolean send(byte[] message) {
        if (waiting.size() == MOST) {
            return false;
        }
        waiting.add(message);
        flush();
        return true;
    }

    /** Drops what waits. */
    public void clear() {
        waiting.clear();
        retry.cancel();
        retryNanos = FIRST_RETRY_NANOS;
    }

    /** Sends what waits as far as the hypervisor takes it. */
    public void flush() {
        while (!waiting.isEmpty()) {
            byte[] m = waiting.peek();
            if (!post.postMessage(vp, sint, m, m.length)) {
                retry.arm(clock.nanos() + retryNanos);
                retryNanos = Math.min(2 * retryNanos, LAST_RETRY_NANOS);
                return;
            }
            retryNanos = FIRST_RETRY_NANOS;
            sent.accept(m);
            waiting.poll();
        }
        retry.cancel();
    }

    /** Saves what waits. */
    public void save(StateWriter out) {
        out.put("vp", vp);
        out.put("sint", sint);
        out.put("retry-nanos", retryNanos);
        out.put("waiting-count", waiting.size());
        for (byte[] m : waiting) {
            out.put("waiting", m, 0, m.length);
        }
        retry.save(out);
    }

    /** Has what waited in a saved state. */
    public void restore(StateReader in) {
        clear();
        vp = (int) in.take();
        sint = (int) in.take();
        retryNanos = in.take();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(in.takeBytes());
        }
        retry.restore(in);
    }
}
