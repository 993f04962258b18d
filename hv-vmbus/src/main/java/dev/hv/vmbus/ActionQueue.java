package dev.hv.vmbus;

import dev.hv.core.machine.HostWork;
import java.util.ArrayDeque;

/** Runs actions one after another: what comes up while one runs waits for its end. So handlers are never called from within one another. */
final class ActionQueue {

    private final HostWork work;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * An empty queue.
     *
     * @param work what the actions' time is counted on
     */
    ActionQueue(HostWork work) {
        this.work = work;
    }

    /** Runs an action now, or behind those that are under way. */
    void run(Runnable action) {
        waiting.add(action);
        if (busy) {
            return;
        }
        busy = true;
        work.begin();
        try {
            for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
                next.run();
            }
        } finally {
            busy = false;
            work.end();
        }
    }
}
