package dev.hv.vmbus.guest;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A clock that goes on when a test says so. */
public final class TestClock implements Clock {

    private final List<Alarm> alarms = new ArrayList<>();
    private final long bootEpoch;
    private long nanos;

    /** A clock whose battery-backed part says the same in every test. */
    public TestClock() {
        this(1_700_000_000);
    }

    /**
     * A clock at power-on.
     *
     * @param bootEpoch what its battery-backed part says, in seconds since 1970
     */
    public TestClock(long bootEpoch) {
        this.bootEpoch = bootEpoch;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long bootEpochSeconds() {
        return bootEpoch;
    }

    @Override
    public Timer timer(String name, Runnable action) {
        var alarm = new Alarm(action);
        alarms.add(alarm);
        return alarm;
    }

    /** Goes on, and runs the timers that are due on the way in the order of their deadlines. */
    public void advance(long by) {
        long end = nanos + by;
        while (true) {
            var next = alarms.stream().filter(a -> a.armed && a.deadline <= end).min(Comparator.comparingLong(a -> a.deadline));
            if (next.isEmpty()) {
                nanos = end;
                return;
            }
            nanos = Math.max(nanos, next.get().deadline);
            next.get().armed = false;
            next.get().action.run();
        }
    }

    /** Whether any timer is armed. */
    public boolean busy() {
        return alarms.stream().anyMatch(Alarm::armed);
    }

    private static final class Alarm implements Timer {
        private final Runnable action;
        private long deadline;
        private boolean armed;

        private Alarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void arm(long deadlineNanos) {
            deadline = deadlineNanos;
            armed = true;
        }

        @Override
        public void cancel() {
            armed = false;
        }

        @Override
        public boolean armed() {
            return armed;
        }

        @Override
        public void save(StateWriter out) {
            out.put(armed);
            out.put(armed ? deadline : 0);
        }

        @Override
        public void restore(StateReader in) {
            armed = in.takeBoolean();
            deadline = in.take();
        }
    }
}
