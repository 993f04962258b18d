package dev.hv.cli.agent;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** A clock that goes on when a test says so. */
final class ManualClock implements Clock {

    private long nanos;
    private final List<Alarm> armed = new ArrayList<>();

    private final class Alarm implements Timer {
        private final Runnable action;
        private long deadline;

        Alarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void arm(long deadlineNanos) {
            cancel();
            deadline = deadlineNanos;
            armed.add(this);
        }

        @Override
        public void cancel() {
            armed.remove(this);
        }

        @Override
        public boolean armed() {
            return armed.contains(this);
        }

        @Override
        public void save(StateWriter out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void restore(StateReader in) {
            throw new UnsupportedOperationException();
        }
    }

    /** Lets time go on, and what is due happen. */
    void advance(long by) {
        nanos += by;
        for (Alarm a : List.copyOf(armed)) {
            if (a.deadline <= nanos && armed.remove(a)) {
                a.action.run();
            }
        }
    }

    /** Timers that wait. */
    int waiting() {
        return armed.size();
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long bootEpochSeconds() {
        return 0;
    }

    @Override
    public Timer timer(String name, Runnable action) {
        return new Alarm(action);
    }
}
