package dev.hv.core.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * A machine at rest: nothing of it is under way, and what is derived is dropped, so that it goes on like one that was just restored. And who only looks at it: in virtual time without that rest, at timers of the clock's own for that
 * ({@link VirtualClock#watched}), so that what the machine does is the same to the instruction with looks and without.
 */
final class MachineRest {

    private final VirtualClock clock;
    private final List<LogicalProcessor> processors;
    private final List<Runnable> before = new ArrayList<>();
    private final Queue<Runnable> asked = new ArrayDeque<>();
    private final List<Runnable> beforeLooks = new ArrayList<>();
    private final Queue<Runnable> looking = new ArrayDeque<>();
    private boolean looked;

    /** Of a machine with these processors, more of which may come. */
    MachineRest(VirtualClock clock, List<LogicalProcessor> processors) {
        this.clock = clock;
        this.processors = processors;
    }

    /** Has an action run each time before the logical processors rest. */
    void before(Runnable action) {
        before.add(action);
    }

    /** Has an action run each time before somebody looks who needs no rest. */
    void beforeLooks(Runnable action) {
        beforeLooks.add(action);
    }

    /** Has an action run at the next rest. */
    void ask(Runnable action) {
        asked.add(action);
    }

    /** Has an action look, at once while others do. */
    void see(Runnable action) {
        if (looked) {
            beforeLooks.forEach(Runnable::run);
            action.run();
        } else if (clock.isReal()) {
            ask(action);
        } else {
            looking.add(action);
        }
    }

    /** Whether anybody waits for a rest. */
    boolean asked() {
        return !asked.isEmpty();
    }

    /** Brings the machine to rest. No processor is within a turn. */
    void enter() {
        before.forEach(Runnable::run);
        processors.forEach(LogicalProcessor::rest);
    }

    /** Lets everybody have it who asked; time stands still meanwhile. Between two turns of every processor. */
    void give() {
        clock.hold();
        looked = true;
        try {
            enter();
            for (Runnable r = asked.poll(); r != null; r = asked.poll()) {
                r.run();
            }
        } finally {
            looked = false;
            clock.release();
        }
    }

    /** Lets those look whose time has come. No processor executes its guest's code; a turn may be under way. */
    void look() {
        if (!clock.looksDue() && looking.isEmpty()) {
            return;
        }
        looked = true;
        try {
            clock.fireLooks();
            for (Runnable r = looking.poll(); r != null; r = looking.poll()) {
                see(r);
            }
        } finally {
            looked = false;
        }
    }

    /** Nothing runs before a time: it comes at once, and the looks on the way to it. Without a time only the next look is waited for. */
    void idleUntil(long deadline) {
        for (long next = clock.nextLook(); next != Long.MAX_VALUE && next <= deadline; next = clock.nextLook()) {
            clock.idleUntil(next);
            look();
            if (deadline == Long.MAX_VALUE) {
                return;
            }
        }
        clock.idleUntil(deadline);
    }
}
