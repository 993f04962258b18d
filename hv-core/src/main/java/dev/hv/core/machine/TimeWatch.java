package dev.hv.core.machine;

import dev.hv.cpu.state.Cpu;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Ends the turn under way when the time limit comes: a turn is counted in instructions, and a guest can make them last. */
final class TimeWatch {

    private final VirtualClock clock;
    private final long limit;
    private final List<LogicalProcessor> processors;
    private final Runnable over;
    private final Thread watcher;
    private volatile boolean ended;

    /**
     * Watches from now on.
     *
     * @param limit host time
     * @param over told by the watching thread when it has come
     */
    TimeWatch(VirtualClock clock, long limit, List<LogicalProcessor> processors, Runnable over) {
        this.clock = clock;
        this.limit = limit;
        this.processors = processors;
        this.over = over;
        watcher = Thread.ofPlatform().name("time-limit").daemon().start(this::watch);
    }

    private void watch() {
        while (!ended && clock.hostNanos() < limit) {
            clock.parkHost(limit - clock.hostNanos());
        }
        if (!ended) {
            over.run();
            for (LogicalProcessor p : processors) {
                p.cpu().request(Cpu.REQUEST_RETURN);
            }
        }
    }

    /** Watches no more. */
    void end() {
        ended = true;
        LockSupport.unpark(watcher);
    }
}
