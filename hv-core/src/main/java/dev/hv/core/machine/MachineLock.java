package dev.hv.core.machine;

import dev.hv.cpu.state.Cpu;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one lock of parallel mode: guest code runs without it, everything else with it, so that all other code is written for one
 * thread. Its holder can have the other processors leave guest code; they come back only when it is released. In lockstep there
 * is one thread, and nothing here has an effect.
 */
public final class MachineLock {

    /** What a thread that has held the lock for long leaves it to others for: longer than a sleeping one takes to wake up. */
    static final long REST = 100_000;
    private static final int SPINS = 2_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Seat> seats = new ArrayList<>();
    private final boolean parallel;
    /** Signalled when a processor has ended its turn. */
    private final Condition away = lock.newCondition();
    /** No turn may begin. */
    private boolean resting;

    MachineLock(boolean parallel) {
        this.parallel = parallel;
    }

    /** Adds a logical processor. */
    Seat seat(Cpu cpu) {
        var seat = new Seat(cpu);
        seats.add(seat);
        return seat;
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /**
     * The processor whose thread holds the lock leaves it to others for a moment when it gives it up next. Nothing when none of them waits, or
     * the holder is no processor.
     */
    void yield() {
        for (int i = 0; i < seats.size(); i++) {
            if (seats.get(i).thread == Thread.currentThread()) {
                seats.get(i).rests = lock.hasQueuedThreads();
            }
        }
    }

    /**
     * Waits until no processor is within a turn, while none begins one, does something, and lets them go on. The caller holds the lock and is
     * no processor.
     *
     * @param endTurns has every processor end its turn soon
     */
    void atRest(Runnable endTurns, Runnable action) {
        resting = true;
        try {
            endTurns.run();
            for (int i = 0; i < seats.size(); i++) {
                while (seats.get(i).inTurn) {
                    away.awaitUninterruptibly();
                }
            }
            action.run();
        } finally {
            resting = false;
            seats.forEach(s -> s.turns.signal());
        }
    }

    /** Wakes every processor that sleeps: the run ends. */
    void wakeAll() {
        for (Seat s : seats) {
            s.signal();
        }
    }

    /**
     * Every processor has left guest code when this returns, between two instructions, and comes back when the caller releases the
     * lock. A processor that has stopped in the middle of an instruction, for something {@link #exclusive}, does that first.
     */
    private void pauseAll() {
        while (true) {
            stopAll();
            Seat waiting = null;
            for (int i = 0; i < seats.size(); i++) {
                waiting = seats.get(i).wantsExclusive ? seats.get(i) : waiting;
            }
            if (waiting == null) {
                return;
            }
            waiting.granted = true;
            for (int n = 0; waiting.granted; n++) {
                pass(n);
            }
        }
    }

    private void stopAll() {
        for (int i = 0; i < seats.size(); i++) {
            if (seats.get(i).inGuest) {
                seats.get(i).cpu.request(Cpu.REQUEST_RETURN);
            }
        }
        for (int i = 0; i < seats.size(); i++) {
            for (int n = 0; seats.get(i).inGuest; n++) {
                pass(n);
            }
        }
    }

    /** A turn of a loop that waits for another thread: a busy one at first. */
    private static void pass(int n) {
        if (n < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /** Runs an action while no other processor executes guest code. The caller holds the lock, or is a processor within guest code. */
    void exclusive(Runnable action) {
        if (!parallel) {
            action.run();
        } else if (lock.isHeldByCurrentThread()) {
            pauseAll();
            action.run();
        } else {
            own().exclusive(action);
        }
    }

    private Seat own() {
        for (int i = 0; i < seats.size(); i++) {
            if (seats.get(i).thread == Thread.currentThread()) {
                return seats.get(i);
            }
        }
        throw new IllegalStateException("neither a processor nor the holder of the lock");
    }

    /** A logical processor's place. */
    public final class Seat {

        private final Cpu cpu;
        private final Condition work = lock.newCondition();
        private final Condition turns = lock.newCondition();
        private Thread thread;
        private boolean inTurn;
        /** Set and cleared by the processor's thread; set only while it holds the lock. */
        private volatile boolean inGuest;
        /** Stopped in the middle of an instruction, which goes on after something that needs all others stopped. */
        private volatile boolean wantsExclusive;
        /** The holder of the lock has stopped all others and waits until that is done. */
        private volatile boolean granted;
        private boolean inExclusive;
        private boolean waiting;
        private boolean kicked;
        /** The lock is left to others for a moment after this stay outside guest code. */
        private boolean rests;

        private Seat(Cpu cpu) {
            this.cpu = cpu;
        }

        /** The calling thread is the processor's from now on; it takes the lock. */
        void take() {
            thread = Thread.currentThread();
            lock.lock();
        }

        /** The processor stops; the lock is released. */
        void leave() {
            thread = null;
            lock.unlock();
        }

        /** A turn begins, unless all processors are wanted at rest: then it waits. */
        void beginTurn() {
            while (resting) {
                turns.awaitUninterruptibly();
            }
            inTurn = true;
        }

        /** The turn is over. */
        void endTurn() {
            inTurn = false;
            away.signal();
        }

        /** Guest code begins: the lock is released. */
        public void enterGuest() {
            if (parallel) {
                inGuest = true;
                lock.unlock();
                if (rests) {
                    rests = false;
                    LockSupport.parkNanos(this, REST);
                }
            }
        }

        /** Guest code has ended: waits for the lock. */
        public void leaveGuest() {
            if (parallel) {
                inGuest = false;
                lock.lock();
            }
        }

        /** From within guest code. The lock is not waited for: its holder may want this processor between two instructions. */
        private void exclusive(Runnable action) {
            if (inExclusive) {
                action.run();
                return;
            }
            wantsExclusive = true;
            inGuest = false;
            boolean locked = false;
            for (int n = 0; !granted && !(locked = lock.tryLock()); n++) {
                pass(n);
            }
            wantsExclusive = false;
            inExclusive = true;
            try {
                if (locked) {
                    MachineLock.this.pauseAll();
                }
                action.run();
            } finally {
                inExclusive = false;
                inGuest = true;
                if (locked) {
                    lock.unlock();
                } else {
                    granted = false;
                }
            }
        }

        /** Whether others run at the same time, who interrupt this processor's stays in guest code for a moment. */
        public boolean shared() {
            return parallel;
        }

        /** Begins a stay in guest code, which {@link #kick} ends. */
        public void clearKick() {
            kicked = false;
        }

        /** Whether the stay is to end. */
        public boolean kicked() {
            return kicked;
        }

        /** Has the processor end its stay in guest code, if it is there. The caller holds the lock. */
        public void kick() {
            kicked = true;
            if (inGuest) {
                cpu.request(Cpu.REQUEST_RETURN);
            }
        }

        /** All processors have left guest code when this returns, until the caller releases the lock. */
        public void pauseAll() {
            if (parallel) {
                MachineLock.this.pauseAll();
            }
        }

        /** There is work for this processor: wakes it, or another that waits, or makes it look what is next. */
        public void wake() {
            if (waiting) {
                signal();
                return;
            }
            for (int i = 0; i < seats.size(); i++) {
                if (seats.get(i).waiting) {
                    seats.get(i).signal();
                    return;
                }
            }
            kick();
        }

        /** Something has come for this processor and no other: wakes it, or has it look soon. */
        public void rouse() {
            if (waiting) {
                signal();
            } else if (parallel) {
                kick();
            }
        }

        private void signal() {
            if (waiting) {
                waiting = false;
                work.signal();
            }
        }

        /** Nothing to do: sleeps until {@link #wake}. */
        void await() {
            waiting = true;
            while (waiting) {
                work.awaitUninterruptibly();
            }
        }
    }
}
