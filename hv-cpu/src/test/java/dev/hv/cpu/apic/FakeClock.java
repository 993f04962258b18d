package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** A clock that a test moves by hand; the TSC runs at 2 GHz. */
final class FakeClock implements ApicClock {

    private final List<FakeAlarm> alarms = new ArrayList<>();
    long now;
    long tscOffset;

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public Alarm alarm(Runnable action) {
        var alarm = new FakeAlarm(action);
        alarms.add(alarm);
        return alarm;
    }

    @Override
    public long tsc() {
        return now * 2 + tscOffset;
    }

    @Override
    public long nanosAtTsc(long tsc) {
        return tsc < 0 ? Long.MAX_VALUE : (tsc - tscOffset + 1) / 2;
    }

    /** Moves on, stopping at every alarm on the way. */
    void advance(long nanos) {
        long end = now + nanos;
        while (true) {
            FakeAlarm next = null;
            for (var a : alarms) {
                if (a.set && a.deadline <= end && (next == null || a.deadline < next.deadline)) {
                    next = a;
                }
            }
            if (next == null) {
                now = end;
                return;
            }
            now = Math.max(now, next.deadline);
            next.set = false;
            next.action.run();
        }
    }

    private static final class FakeAlarm implements Alarm {
        final Runnable action;
        boolean set;
        long deadline;

        FakeAlarm(Runnable action) {
            this.action = action;
        }

        @Override
        public void set(long deadlineNanos) {
            set = true;
            deadline = deadlineNanos;
        }

        @Override
        public void cancel() {
            set = false;
        }

        @Override
        public void save(StateWriter out) {
            out.put(set);
            out.put(deadline);
        }

        @Override
        public void restore(StateReader in) {
            set = in.takeBoolean();
            deadline = in.take();
        }
    }
}
