package dev.hv.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The host's work for guests, cut into turns: a budget for each guest, renewed between the turns of the processors. */
final class WorkTurns {

    /** Pieces of work in a turn in virtual time: more than a queue is deep as a rule. */
    static final int PIECES = 256;
    /** Time of the host in a turn in real time. */
    static final long NANOS = 2_000_000;

    private final VirtualClock clock;
    private final BooleanSupplier over;
    private final Runnable spent;
    private final List<Share> shares = new ArrayList<>();

    /**
     * No work yet.
     *
     * @param over whether a limit of the run is reached
     * @param spent called when a turn has no room left: it is to end
     */
    WorkTurns(VirtualClock clock, BooleanSupplier over, Runnable spent) {
        this.clock = clock;
        this.over = over;
        this.spent = spent;
    }

    HostWork add(Runnable goOn) {
        var share = new Share(goOn);
        shares.add(share);
        return share;
    }

    /** Whether work waits for the next turn. */
    boolean waiting() {
        for (int i = 0; i < shares.size(); i++) {
            if (shares.get(i).waiting) {
                return true;
            }
        }
        return false;
    }

    /** Between turns: every budget is new, and the work that waits goes on, always in the same order. */
    void renew() {
        for (int i = 0; i < shares.size(); i++) {
            shares.get(i).renew();
        }
    }

    /** Guests that have a share. */
    int shares() {
        return shares.size();
    }

    private final class Share implements HostWork {
        private final Runnable goOn;
        private int pieces;
        private long nanos;
        private long since;
        private boolean waiting;
        private boolean closed;

        Share(Runnable goOn) {
            this.goOn = goOn;
        }

        private void renew() {
            pieces = 0;
            nanos = 0;
            if (waiting) {
                waiting = false;
                goOn.run();
            }
        }

        @Override
        public void begin() {
            if (clock.isReal()) {
                since = clock.workNanos();
            }
        }

        @Override
        public boolean another() {
            if (over.getAsBoolean()) {
                return false;
            }
            return clock.isReal() ? nanos + clock.workNanos() - since < NANOS : ++pieces <= PIECES;
        }

        @Override
        public void later() {
            if (closed) {
                return;
            }
            waiting = true;
            spent.run();
        }

        @Override
        public void end() {
            if (clock.isReal()) {
                nanos += clock.workNanos() - since;
            }
        }

        @Override
        public void close() {
            closed = true;
            waiting = false;
            shares.remove(this);
        }
    }
}
