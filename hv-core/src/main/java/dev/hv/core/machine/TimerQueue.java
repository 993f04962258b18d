package dev.hv.core.machine;

import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** The timers of a clock, in the order in which they are due; those for the same instant in the order in which they were armed. */
final class TimerQueue {

    private static final int TIMER_VERSION = 1;
    /** A guest whose timers come this late loses ticks: the slowest that Linux keeps is 100 a second. */
    private static final long LATE_NANOS = 10_000_000L;

    /** Armed timers, the next one last. */
    private Alarm[] armed = new Alarm[16];
    private int count;
    private long sequence;
    private long restoredSequence;
    private long fired;
    private long late;
    private Runnable earlier = () -> {};
    private final boolean ordered;

    /**
     * An empty queue.
     *
     * @param ordered whether the order of timers for the same instant is part of the machine's state
     */
    TimerQueue(boolean ordered) {
        this.ordered = ordered;
    }

    /** A timer, not armed. */
    Alarm timer(String name, Runnable action) {
        return new Alarm(name, action);
    }

    /** Called when a timer is armed for a time before all others. */
    void onEarlier(Runnable action) {
        earlier = action;
    }

    /** Deadline of the next timer in nanoseconds, or {@link Long#MAX_VALUE}. */
    long nextDeadline() {
        return count == 0 ? Long.MAX_VALUE : armed[count - 1].deadline;
    }

    /** Timers that are armed. */
    int armed() {
        return count;
    }

    /** Runs the actions of all timers that are due, those among them that the actions arm. */
    void fireDue(long nowNanos) {
        while (count > 0 && armed[count - 1].deadline <= nowNanos) {
            Alarm a = armed[--count];
            armed[count] = null;
            a.armed = false;
            fired++;
            if (nowNanos - a.deadline > LATE_NANOS) {
                late++;
            }
            a.action.run();
        }
    }

    /** Timers fired so far. */
    long fired() {
        return fired;
    }

    /** How many of them came more than 10 ms after their deadline. */
    long late() {
        return late;
    }

    /** What the next timer to be armed is numbered: part of the clock's state. */
    long sequence() {
        return sequence;
    }

    /** Takes that number for the time when all timers are {@link #restored}. */
    void restoreSequence(long number) {
        restoredSequence = number;
    }

    /** All timers have been restored: those armed from now on come behind them. */
    void restored() {
        sequence = restoredSequence;
    }

    private void insert(Alarm a) {
        boolean first = count == 0 || a.deadline < armed[count - 1].deadline;
        if (count == armed.length) {
            armed = Arrays.copyOf(armed, 2 * count);
        }
        // the array is descending: those that fire before a move up, a goes below them
        int i = count++;
        while (i > 0 && a.after(armed[i - 1])) {
            armed[i] = armed[i - 1];
            i--;
        }
        armed[i] = a;
        if (first) {
            earlier.run();
        }
    }

    private void remove(Alarm a) {
        int i = count - 1;
        while (armed[i] != a) {
            i--;
        }
        System.arraycopy(armed, i + 1, armed, i, count - i - 1);
        armed[--count] = null;
    }

    /** A timer of this queue. */
    final class Alarm implements Clock.Timer, ApicClock.Alarm {
        private final String name;
        private final Runnable action;
        private boolean armed;
        private long deadline;
        private long order;

        private Alarm(String name, Runnable action) {
            this.name = name;
            this.action = action;
        }

        /** Whether this one fires after another. */
        private boolean after(Alarm other) {
            return deadline > other.deadline || deadline == other.deadline && order > other.order;
        }

        @Override
        public void arm(long deadlineNanos) {
            if (armed) {
                remove(this);
            }
            deadline = deadlineNanos;
            order = sequence++;
            armed = true;
            insert(this);
        }

        @Override
        public void set(long deadlineNanos) {
            arm(deadlineNanos);
        }

        @Override
        public void cancel() {
            if (armed) {
                remove(this);
                armed = false;
            }
        }

        @Override
        public boolean armed() {
            return armed;
        }

        @Override
        public void save(StateWriter out) {
            out.begin("timer", TIMER_VERSION);
            out.put("armed", armed);
            out.put("deadline", armed ? deadline : 0);
            out.put("order", armed && ordered ? order : 0);
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            cancel();
            in.begin("timer", TIMER_VERSION);
            boolean set = in.takeBoolean();
            deadline = in.take();
            long saved = in.take();
            order = ordered ? saved : sequence++;
            in.end();
            if (set) {
                armed = true;
                insert(this);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
