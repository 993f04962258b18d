package dev.hv.vmbus;

import java.util.ArrayDeque;

/** Runs actions one after another: what comes up while one runs waits for its end. So handlers are never called from within one another. */
final class ActionQueue {

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean busy;

    /** Runs an action now, or behind those that are under way. */
    void run(Runnable action) {
        waiting.add(action);
        if (busy) {
            return;
        }
        busy = true;
        try {
            for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
                next.run();
            }
        } finally {
            busy = false;
        }
    }
}
