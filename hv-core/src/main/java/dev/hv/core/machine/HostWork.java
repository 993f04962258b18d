package dev.hv.core.machine;

/**
 * Work that the host does for one guest because the guest asked for it: whoever does it comes in pieces and asks between them whether
 * this turn has room for another. What is left goes on in the next turn, so that limits, timers and others get theirs.
 *
 * <p>In virtual time a turn's budget is a number of pieces, so that equal runs stay equal; in real time it is time of the host. A limit
 * of the run that is reached ends every turn.
 */
public interface HostWork {

    /** Work that never has to wait. */
    HostWork UNLIMITED = new HostWork() {
        @Override
        public void begin() {}

        @Override
        public boolean another() {
            return true;
        }

        @Override
        public void later() {}

        @Override
        public void end() {}

        @Override
        public void close() {}
    };

    /** Gives those who work for a guest their share of turns. */
    @FunctionalInterface
    interface Source {
        /**
         * A share for one guest.
         *
         * @param goOn called in the next turn after {@link #later}, on the machine's thread
         */
        HostWork work(Runnable goOn);
    }

    /** A stretch of work begins: the host's time counts from here. */
    void begin();

    /** Whether another piece may be done in this turn. */
    boolean another();

    /** There is work left: it goes on in the next turn. */
    void later();

    /** The stretch of work ends. */
    void end();

    /** The guest is gone: nothing goes on, and it has no share of turns any more. */
    void close();
}
