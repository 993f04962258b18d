package dev.hv.devices.disk;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.Outside;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Queues for virtual time: every request is begun, carried out and finished at an instant that follows from what the guest asked for alone, on the
 * machine's thread. So equal runs stay equal, and what is under way needs no data in a saved state.
 *
 * <p>The disk is one of flash: a request takes {@value #LATENCY} ns, and data passes at 4 bytes a nanosecond, one request's behind the
 * other's. Completions are told every {@value #TICK} ns, so that what ends together costs the guest one interrupt.
 */
public final class TimedQueues implements DiskQueues {

    /** Nanoseconds from the end of a request's data to its completion. */
    static final long LATENCY = 20_000;
    /** Bytes a nanosecond. */
    static final long RATE = 4;
    /** Completions come at multiples of this many nanoseconds. */
    static final long TICK = 20_000;
    private static final int STATE_VERSION = 1;

    private final Clock clock;
    private final Outside outside;

    /** Queues whose requests are carried out by a clock of virtual time, of a machine that is never recorded. */
    public TimedQueues(Clock clock) {
        this(clock, Outside.live(Runnable::run));
    }

    /**
     * Queues whose requests are carried out by a clock of virtual time.
     *
     * @param outside where it enters the machine what the host made of a request
     */
    public TimedQueues(Clock clock, Outside outside) {
        this.clock = clock;
        this.outside = outside;
    }

    @Override
    public DiskQueue queue(String name) {
        return new Queue(name);
    }

    private record Entry(DiskRequest request, long due) {}

    private final class Queue implements DiskQueue {
        private final Clock.Timer timer;
        private final ArrayDeque<Entry> entries = new ArrayDeque<>();
        /** When the data of all requests so far has passed. */
        private long passed;
        private boolean firing;

        Queue(String name) {
            timer = clock.timer(name, this::fire);
        }

        @Override
        public boolean immediate() {
            return true;
        }

        @Override
        public void submit(DiskRequest request) {
            passed = Math.max(passed, clock.nanos()) + Math.ceilDiv(request.bytes(), RATE) + request.late();
            entries.add(new Entry(request, Math.ceilDiv(passed + LATENCY, TICK) * TICK));
            rearm();
        }

        private void rearm() {
            if (entries.isEmpty()) {
                timer.cancel();
            } else if (!firing && !timer.armed()) {
                timer.arm(entries.peek().due());
            }
        }

        private void fire() {
            firing = true;
            try {
                long now = clock.nanos();
                while (!entries.isEmpty() && entries.peek().due() <= now) {
                    DiskRequest r = entries.poll().request();
                    if (r.begin()) {
                        DiskResults.carryOut(r, outside);
                    }
                    r.finish();
                }
            } finally {
                firing = false;
                rearm();
            }
        }

        @Override
        public List<DiskRequest> underWay() {
            return entries.stream().map(Entry::request).toList();
        }

        @Override
        public int size() {
            return entries.size();
        }

        @Override
        public long due(DiskRequest request) {
            return entries.stream().filter(e -> e.request() == request).mapToLong(Entry::due).findFirst().orElse(0);
        }

        /** The timer is restored already. */
        @Override
        public void resubmit(DiskRequest request, long due) {
            entries.add(new Entry(request, due));
        }

        @Override
        public void discard(Predicate<? super DiskRequest> which) {
            entries.removeIf(e -> which.test(e.request()));
            timer.cancel();
            rearm();
        }

        @Override
        public void close(Runnable disk) {
            discard(r -> true);
            disk.run();
        }

        @Override
        public void save(StateWriter out) {
            out.begin("disk-queue", STATE_VERSION);
            out.put("passed", passed);
            timer.save(out);
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            entries.clear();
            in.begin("disk-queue", STATE_VERSION);
            passed = in.take();
            timer.restore(in);
            in.end();
        }
    }
}
