package dev.hv.core.machine;

import dev.hv.core.machine.LogicalProcessor.TurnEnd;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the processors of a machine at the same time, each on a thread of its own. The calling thread does what happens between turns; all but
 * guest code is under {@link MachineLock}, and so is all that is kept here.
 */
final class ParallelMode {

    /** A turn: whoever wants something of a processor interrupts it. */
    private static final long TURN = 100_000_000;
    /** Sleep of the calling thread when instructions are limited. */
    private static final long LIMIT_CHECK = 5_000_000;

    private final Machine machine;
    private final VirtualClock clock;
    private final MachineLock lock;
    private final List<LogicalProcessor> processors;
    private final List<MachineLock.Seat> seats;
    private Throwable failure;
    /** Processors that wait for work, and host time when the last of them began to. */
    private int asleep;
    private long allAsleep;

    /**
     * A way to run a machine.
     *
     * @param seats of the processors at the lock, in their order
     */
    ParallelMode(Machine machine, MachineLock lock, List<LogicalProcessor> processors, List<MachineLock.Seat> seats) {
        this.machine = machine;
        clock = machine.clock();
        this.lock = lock;
        this.processors = processors;
        this.seats = seats;
    }

    /**
     * Runs until something stops the machine.
     *
     * @param hostLimit host time at which the run ends
     * @param limit count of instructions at which the run ends; Long.MAX_VALUE for none
     */
    StopReason run(long hostLimit, long limit) {
        lock.lock();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < processors.size(); i++) {
            LogicalProcessor p = processors.get(i);
            MachineLock.Seat seat = seats.get(i);
            threads.add(Thread.ofPlatform().name("processor-" + i).daemon().start(() -> drive(p, seat)));
        }
        try {
            while (true) {
                machine.betweenTurns(hostLimit, limit);
                if (machine.stopped() != null) {
                    break;
                }
                long sleep = Math.min(limit == Long.MAX_VALUE ? Machine.LONGEST_SLEEP : LIMIT_CHECK, Math.max(0, hostLimit - clock.hostNanos()));
                long deadline = clock.nextDeadline();
                boolean more = machine.moreWaits();
                lock.unlock();
                clock.parkHost(more ? MachineLock.REST : Math.min(sleep, Math.max(0, deadline - clock.nanos())));
                lock.lock();
            }
        } finally {
            if (machine.stopped() == null) {
                machine.stop(StopReason.of(StopReason.Kind.INTERNAL_ERROR));
            }
            lock.unlock();
            join(threads);
        }
        if (failure != null) {
            throw new IllegalStateException("a processor failed", failure);
        }
        return machine.stopped();
    }

    private static void join(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread t : threads) {
            while (t.isAlive()) {
                try {
                    t.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A processor's thread. */
    private void drive(LogicalProcessor p, MachineLock.Seat seat) {
        seat.take();
        try {
            while (machine.stopped() == null) {
                seat.beginTurn();
                TurnEnd end;
                try {
                    end = machine.stopped() == null ? p.run(TURN) : TurnEnd.BUDGET;
                } finally {
                    seat.endTurn();
                }
                machine.countTurn();
                if (end == TurnEnd.SHUTDOWN) {
                    machine.stop(new StopReason(StopReason.Kind.CRASH, 0, p.describe()));
                } else if (end == TurnEnd.IDLE && machine.stopped() == null) {
                    sleep(seat);
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            machine.stop(StopReason.of(StopReason.Kind.INTERNAL_ERROR));
        } finally {
            seat.leave();
        }
    }

    /** A processor has nothing to do; the lock is held, but while it sleeps. The machine is idle while all of them sleep. */
    private void sleep(MachineLock.Seat seat) {
        if (++asleep == processors.size()) {
            allAsleep = clock.hostNanos();
        }
        seat.await();
        if (asleep-- == processors.size()) {
            clock.countIdle(clock.hostNanos() - allAsleep);
        }
    }
}
