package dev.hv.core.machine;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The border between a machine and its host: everything that enters from outside comes through an {@link Inlet} or is the answer to a question, as bytes
 * and numbers that can be kept and given again. In a replay they are given again, and nothing of the host is opened.
 */
public interface Outside {

    /** A way into the machine. */
    interface Inlet {
        /** Its place among all that were made. */
        default int number() {
            return 0;
        }

        /** Has the machine take bytes between two turns, behind those that were given before. From any thread; the array is the machine's from now on. */
        void give(byte... bytes);

        /** Nothing of it is taken any more. On the machine's thread. */
        void end();
    }

    /**
     * A new way into the machine. On the machine's thread or before it runs, always in the same order: its place in that order is what a record knows it by.
     *
     * @param name for people
     * @param taker gets what is given, on the machine's thread; what it does follows from the bytes and the machine's state alone
     */
    Inlet inlet(String name, Consumer<byte[]> taker);

    /**
     * A way into the machine that its owner's state has, so that a replay can go on while it is there.
     *
     * @param number of the way in that it was in the run whose state was restored; negative for a new one
     */
    default Inlet inlet(String name, Consumer<byte[]> taker, int number) {
        return inlet(name, taker);
    }

    /**
     * Asks the host something whose answer a guest can notice. On the machine's thread or before it runs.
     *
     * @param host gives the answer; not asked in a replay
     */
    long ask(LongSupplier host);

    /**
     * The same, where the answer is more than a number.
     *
     * @param host gives the answer; not asked in a replay
     */
    byte[] askBytes(Supplier<byte[]> host);

    /** Whether this is a replay: what the host would give is given by a record, and the host's end of everything stays away. */
    boolean replays();

    /** Whether this is a replay that goes on from a state of the run itself: nothing happens to what is restored but what happened then. */
    default boolean resumes() {
        return false;
    }

    /** The border of something that runs actions on the machine's thread, and is never recorded. */
    static Outside live(Consumer<Runnable> machine) {
        return new Outside() {
            @Override
            public Inlet inlet(String name, Consumer<byte[]> taker) {
                return new Inlet() {
                    private boolean over;

                    @Override
                    public void give(byte... bytes) {
                        machine.accept(() -> {
                            if (!over) {
                                taker.accept(bytes);
                            }
                        });
                    }

                    @Override
                    public void end() {
                        over = true;
                    }
                };
            }

            @Override
            public long ask(LongSupplier host) {
                return host.getAsLong();
            }

            @Override
            public byte[] askBytes(Supplier<byte[]> host) {
                return host.get();
            }

            @Override
            public boolean replays() {
                return false;
            }
        };
    }
}
