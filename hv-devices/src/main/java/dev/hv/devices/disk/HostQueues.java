package dev.hv.devices.disk;

import dev.hv.core.machine.Outside;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Queues for real time: requests are carried out by threads of the host, one of them for each disk that has any, while guests run and other threads
 * have the machine's lock. How long the host takes is how long the guest waits: that a request has been carried out is something that enters the machine from
 * outside. In a replay it is carried out when that is said of it.
 */
public final class HostQueues implements DiskQueues {

    /** Bytes of a disk's requests that are in the host's memory at most; those behind them wait as the guest gave them. */
    static final int MOST_BEGUN = 8 << 20;
    private static final long PIECE_MILLIS = 100;
    private static final int STATE_VERSION = 1;

    /** Runs tasks on threads of the host, each soon and never on the caller's. */
    @FunctionalInterface
    public interface Threads {
        /** Runs a task. */
        void run(Runnable task);
    }

    private final Threads threads;
    private final Consumer<Runnable> machine;
    private final Outside outside;
    /** Those whose disk is not closed; the lock on this is held for moments only. */
    private final List<Queue> queues = new ArrayList<>();

    /**
     * Queues without requests, of a machine that is never recorded.
     *
     * @param machine runs actions on the machine's thread, in their order
     */
    public HostQueues(Threads threads, Consumer<Runnable> machine) {
        this(threads, machine, Outside.live(machine));
    }

    /**
     * Queues without requests.
     *
     * @param machine runs actions on the machine's thread, in their order
     * @param outside where it enters the machine that a request has been carried out
     */
    public HostQueues(Threads threads, Consumer<Runnable> machine, Outside outside) {
        this.threads = threads;
        this.machine = machine;
        this.outside = outside;
    }

    @Override
    public DiskQueue queue(String name) {
        var queue = new Queue(name);
        synchronized (queues) {
            queues.add(queue);
        }
        return queue;
    }

    private void forget(Queue queue) {
        synchronized (queues) {
            queues.remove(queue);
        }
    }

    /** Whether no disk has a request under way, or one that was discarded and may still be carried out. On the machine's thread. */
    public boolean empty() {
        synchronized (queues) {
            return queues.stream().allMatch(q -> q.size() == 0 && q.discarded.isEmpty());
        }
    }

    /**
     * Waits until nothing is carried out on any disk: then the disks stand still until the machine's thread, which calls this, goes on.
     *
     * @param nanos how long to wait for a disk at most
     * @return false when a disk took longer
     */
    public boolean awaitIdle(long nanos) {
        List<Queue> all;
        synchronized (queues) {
            all = List.copyOf(queues);
        }
        boolean idle = true;
        for (Queue q : all) {
            idle &= q.awaitIdle(nanos);
        }
        return idle;
    }

    /** A request with what this knows of it. */
    private static final class Entry {
        private final DiskRequest request;
        /** Its place among those of its queue that were begun. */
        private final long number;
        /** What went wrong with it that no disk may do; written before it is handed back. */
        private Throwable failure;
        /** Nanoseconds that a thread waits before it carries this out. */
        private final long late;
        private boolean discarded;

        Entry(DiskRequest request, long number) {
            this.request = request;
            this.number = number;
            late = request.late();
        }
    }

    private final class Queue implements DiskQueue {
        private final Outside.Inlet done;
        private final ArrayDeque<DiskRequest> waiting = new ArrayDeque<>();
        private final ArrayDeque<Entry> begun = new ArrayDeque<>();
        /** Begun and then discarded, while they may still be carried out. */
        private final ArrayDeque<Entry> discarded = new ArrayDeque<>();
        private long numbers;
        private long begunBytes;
        /** Begun and not carried out yet: those of them that a thread has not taken. Guarded by itself, as is what follows. */
        private final ArrayDeque<Entry> handed = new ArrayDeque<>();
        private boolean running;
        private Runnable closing;

        Queue(String name) {
            done = outside.inlet(name, this::carriedOut);
        }

        // ---- the machine's thread ------------------------------------------------------------------------------------

        @Override
        public void submit(DiskRequest request) {
            waiting.add(request);
            beginMore();
        }

        private void beginMore() {
            while (!waiting.isEmpty() && (begun.isEmpty() || begunBytes + waiting.peek().bytes() <= MOST_BEGUN)) {
                DiskRequest r = waiting.poll();
                if (r.begin()) {
                    if (begun.isEmpty() && discarded.isEmpty()) {
                        // as in a machine that was restored
                        numbers = 0;
                    }
                    var e = new Entry(r, numbers++);
                    begun.add(e);
                    begunBytes += r.bytes();
                    hand(e);
                } else {
                    r.finish();
                }
            }
        }

        private void hand(Entry e) {
            if (outside.replays()) {
                return;
            }
            synchronized (handed) {
                handed.add(e);
                if (running) {
                    return;
                }
                running = true;
            }
            threads.run(this::carryOut);
        }

        /** The host is done with a request: its number, and what came of it ({@link DiskResults}). They come in their order, without those that nobody carries out. */
        private void carriedOut(byte[] message) {
            long number = LittleEndian.u64(message, 0);
            Entry gone = null;
            while (!discarded.isEmpty() && discarded.peek().number <= number) {
                gone = discarded.poll();
            }
            boolean wanted = gone == null || gone.number != number;
            Entry e = wanted ? begun.peek() : gone;
            if (e == null || e.number != number) {
                return;
            }
            if (outside.replays()) {
                DiskResults.repeat(e.request, Arrays.copyOfRange(message, Long.BYTES, message.length));
            }
            if (!wanted) {
                return;
            }
            if (e.failure != null) {
                throw new IllegalStateException("a disk request failed in a way that no disk may", e.failure);
            }
            begun.remove();
            begunBytes -= e.request.bytes();
            e.request.finish();
            beginMore();
        }

        @Override
        public List<DiskRequest> underWay() {
            List<DiskRequest> all = new ArrayList<>(size());
            begun.forEach(e -> all.add(e.request));
            all.addAll(waiting);
            return all;
        }

        @Override
        public int size() {
            return begun.size() + waiting.size();
        }

        @Override
        public long due(DiskRequest request) {
            return 0;
        }

        @Override
        public void resubmit(DiskRequest request, long due) {
            waiting.add(request);
            // not before all of the machine is restored
            machine.accept(this::beginMore);
        }

        @Override
        public void discard(Predicate<? super DiskRequest> which) {
            waiting.removeIf(which);
            List<Entry> gone = new ArrayList<>();
            begun.removeIf(e -> {
                if (which.test(e.request)) {
                    e.discarded = true;
                    begunBytes -= e.request.bytes();
                    gone.add(e);
                }
                return e.discarded;
            });
            if (!gone.isEmpty()) {
                long carriedOut = outside.ask(() -> gone.size() - unhand());
                if (carriedOut < 0 || carriedOut > gone.size()) {
                    throw new ReplayDivergence("%d of %d requests to a disk were under way where they were given up".formatted(carriedOut, gone.size()));
                }
                discarded.addAll(gone.subList(0, (int) carriedOut));
            }
            beginMore();
        }

        /** No thread takes what was discarded any more: whoever resets a unit again and again must not fill the host's memory. How many that are. */
        private int unhand() {
            synchronized (handed) {
                int before = handed.size();
                handed.removeIf(e -> e.discarded);
                return before - handed.size();
            }
        }

        @Override
        public void close(Runnable disk) {
            discard(r -> true);
            done.end();
            synchronized (handed) {
                if (running) {
                    closing = disk;
                    return;
                }
            }
            forget(this);
            disk.run();
        }

        /** Requests were discarded on the way here, or will be carried out anew: how far they are is nothing that a state knows. */
        @Override
        public void save(StateWriter out) {
            out.begin("disk-queue", STATE_VERSION);
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            discard(r -> true);
            in.begin("disk-queue", STATE_VERSION);
            in.end();
        }

        boolean awaitIdle(long nanos) {
            boolean interrupted = false;
            synchronized (handed) {
                long left = nanos / 1_000_000;
                while (running && left > 0) {
                    // in pieces, as host time is the clock's alone
                    long piece = Math.min(left, PIECE_MILLIS);
                    try {
                        handed.wait(piece);
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                    left -= piece;
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return !running;
            }
        }

        // ---- threads of the host ---------------------------------------------------------------------------------------

        /** Waits as long as a request is put off, unless nobody wants it any more. */
        private void await(Entry e) {
            synchronized (handed) {
                for (long left = e.late / 1_000_000; left > 0 && closing == null; left -= PIECE_MILLIS) {
                    try {
                        handed.wait(Math.min(left, PIECE_MILLIS));
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                        return;
                    }
                }
            }
        }

        private void carryOut() {
            while (true) {
                Entry e;
                Runnable close;
                synchronized (handed) {
                    e = handed.poll();
                    close = e == null ? closing : null;
                    if (e == null && close == null) {
                        running = false;
                        handed.notifyAll();
                        return;
                    }
                    closing = close == null ? closing : null;
                }
                if (close != null) {
                    forget(this);
                    close.run();
                    continue;
                }
                await(e);
                byte[] number = new byte[Long.BYTES];
                LittleEndian.put64(number, 0, e.number);
                byte[] came = {};
                try {
                    came = DiskResults.carryOut(e.request);
                } catch (RuntimeException | Error failure) {
                    e.failure = failure;
                }
                byte[] message = Arrays.copyOf(number, number.length + came.length);
                System.arraycopy(came, 0, message, number.length, came.length);
                done.give(message);
            }
        }
    }
}
