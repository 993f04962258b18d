package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** A clock that a test moves by hand. */
final class FakeClock implements Clock {

    private final List<FakeTimer> timers = new ArrayList<>();
    long now;
    long epoch;

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public long bootEpochSeconds() {
        return epoch;
    }

    @Override
    public Timer timer(String name, Runnable action) {
        var timer = new FakeTimer(action);
        timers.add(timer);
        return timer;
    }

    /** Moves on, stopping at every deadline on the way. */
    void advance(long nanos) {
        long end = now + nanos;
        while (true) {
            FakeTimer next = null;
            for (var t : timers) {
                if (t.armed && t.deadline <= end && (next == null || t.deadline < next.deadline)) {
                    next = t;
                }
            }
            if (next == null) {
                now = end;
                return;
            }
            now = Math.max(now, next.deadline);
            next.armed = false;
            next.action.run();
        }
    }

    private static final class FakeTimer implements Timer {
        final Runnable action;
        boolean armed;
        long deadline;

        FakeTimer(Runnable action) {
            this.action = action;
        }

        @Override
        public void arm(long deadlineNanos) {
            armed = true;
            deadline = deadlineNanos;
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
