package dev.hv.core.machine;

import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What becomes of everything that enters a machine from outside, in the order in which the machine takes it: nothing, in a live run; it is written down, in
 * one that is recorded; or it is read, in a replay. The instant of a taking is a round: how often the machine has looked between turns. Equal machines
 * that take equal things at equal rounds have equal states at every round.
 *
 * <p>All methods but {@link #nanoTime} are called on the machine's thread.
 */
public interface Journal {

    /** A live run, of which nothing is kept. */
    Journal LIVE = new Journal() {
        @Override
        public boolean exact() {
            return false;
        }

        @Override
        public boolean replays() {
            return false;
        }

        @Override
        public long nanoTime(LongSupplier host) {
            return host.getAsLong();
        }

        @Override
        public long answer(LongSupplier host) {
            return host.getAsLong();
        }

        @Override
        public boolean waits(boolean given) {
            return given;
        }
    };

    /**
     * Something that was taken.
     *
     * @param inlet number of the way in, in the order in which they were made
     * @param bytes what came
     */
    record Taken(int inlet, byte[] bytes) {}

    /** Whether the run is recorded or replayed, so that nothing of the host may take effect within a turn. */
    boolean exact();

    /** Whether what enters is read from here. */
    boolean replays();

    /** Whether this is a replay that goes on from a state of the run itself, not from its beginning. */
    default boolean resumes() {
        return false;
    }

    /** What was asked while the machine was built has been answered; what comes next belongs to the state that is restored now. */
    default void resume() {}

    /**
     * Where a machine is between two entries.
     *
     * @param round how often it has looked between turns
     * @param made ways in that were made
     * @param open those of them that are not ended, without those that are part of their owners' states
     */
    record Mark(long round, int made, int open) {}

    /** Nanoseconds of the host's clock, in real time. On other threads than the machine's always the host's own. */
    long nanoTime(LongSupplier host);

    /** The answer to a question to the host. */
    long answer(LongSupplier host);

    /** The answer to a question to the host that is more than a number. */
    default byte[] answerBytes(Supplier<byte[]> host) {
        return host.get();
    }

    /**
     * The machine looks between turns.
     *
     * @param round how often it has done so, from 1 on
     * @return whether somebody wants to look at it at rest in this round
     */
    default boolean round(Machine machine, long round) {
        return false;
    }

    /** Whether the run's limit of host time counts as reached in this round. */
    default boolean over(boolean limit) {
        return limit;
    }

    /** The machine is not run any more: what is asked while its devices let go of the host's things is no part of the run. */
    default void leave() {}

    /** Whether something that was given waits to be taken, when the machine decides whether to sleep. */
    boolean waits(boolean given);

    /** The machine has taken something in this round. Not in a replay. */
    default void took(int inlet, byte[] bytes) {}

    /** In a replay, what is taken next in this round; null when there is no more. */
    default Taken next() {
        return null;
    }
}
