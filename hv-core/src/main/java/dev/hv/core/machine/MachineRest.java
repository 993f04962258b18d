package dev.hv.core.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** A machine at rest, and who wants to look at it then: nothing of it is under way, and looking changes nothing. */
final class MachineRest {

    private final VirtualClock clock;
    private final List<LogicalProcessor> processors;
    private final List<Runnable> before = new ArrayList<>();
    private final Queue<Runnable> asked = new ArrayDeque<>();

    /** Of a machine with these processors, more of which may come. */
    MachineRest(VirtualClock clock, List<LogicalProcessor> processors) {
        this.clock = clock;
        this.processors = processors;
    }

    /** Has an action run each time before the logical processors rest. */
    void before(Runnable action) {
        before.add(action);
    }

    /** Has an action look at the machine the next time. */
    void ask(Runnable action) {
        asked.add(action);
    }

    /** Whether anybody wants to look. */
    boolean asked() {
        return !asked.isEmpty();
    }

    /** Brings the machine to rest. No processor is within a turn. */
    void enter() {
        before.forEach(Runnable::run);
        processors.forEach(LogicalProcessor::rest);
    }

    /** Lets everybody look who wants to; time stands still meanwhile. */
    void look() {
        clock.hold();
        try {
            enter();
            for (Runnable r = asked.poll(); r != null; r = asked.poll()) {
                r.run();
            }
        } finally {
            clock.release();
        }
    }
}
