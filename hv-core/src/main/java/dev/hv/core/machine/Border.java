package dev.hv.core.machine;

import dev.hv.cpu.snapshot.StateFormatException;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A machine's border: the ways in, what was given and is not taken yet, and the journal that sees all of it pass. */
final class Border implements Outside {

    private final Map<Integer, Consumer<byte[]>> inlets = new HashMap<>();
    private int made;
    /** How many of them are part of their owners' states. */
    private int kept;
    private final Queue<Journal.Taken> given = new ConcurrentLinkedQueue<>();
    private final Journal journal;
    private final Runnable wake;

    /**
     * A border without ways in.
     *
     * @param wake has the machine look soon; from any thread
     */
    Border(Journal journal, Runnable wake) {
        this.journal = journal;
        this.wake = wake;
    }

    Journal journal() {
        return journal;
    }

    @Override
    public Inlet inlet(String name, Consumer<byte[]> taker) {
        return inlet(made++, taker, 0);
    }

    @Override
    public Inlet inlet(String name, Consumer<byte[]> taker, int number) {
        if (number >= 0 && inlets.containsKey(number)) {
            throw new StateFormatException("a way into the machine that is there already: " + number);
        }
        return inlet(number < 0 ? made++ : number, taker, 1);
    }

    /** A way in, which counts as one or none of those that are part of their owners' states. */
    private Inlet inlet(int number, Consumer<byte[]> taker, int inState) {
        inlets.put(number, taker);
        kept += inState;
        return new Inlet() {
            @Override
            public int number() {
                return number;
            }

            @Override
            public void give(byte... bytes) {
                // nothing comes from outside in a replay: whoever still gives has nothing to say
                if (!journal.replays()) {
                    given.add(new Journal.Taken(number, bytes));
                    wake.run();
                }
            }

            @Override
            public void end() {
                if (inlets.remove(number) != null) {
                    kept -= inState;
                }
            }
        };
    }

    @Override
    public long ask(LongSupplier host) {
        return journal.answer(host);
    }

    @Override
    public byte[] askBytes(Supplier<byte[]> host) {
        return journal.answerBytes(host);
    }

    @Override
    public boolean replays() {
        return journal.replays();
    }

    @Override
    public boolean resumes() {
        return journal.resumes();
    }

    Journal.Mark mark(long round) {
        return new Journal.Mark(round, made, inlets.size() - kept);
    }

    /** Ways in that are made from now on come behind those of another machine that had made so many. */
    void resume(int inletsMade) {
        made = inletsMade;
    }

    /**
     * Whether something waits to be taken, which keeps the machine from sleeping: a decision that a replay has to make again.
     *
     * @param posted whether an action of the host's waits, of which a replay knows nothing
     */
    boolean waits(boolean posted) {
        return journal.waits(posted || !given.isEmpty());
    }

    /** Takes what has been given until now: whoever gives without end must not keep the machine. */
    void take() {
        if (journal.replays()) {
            for (Journal.Taken t = journal.next(); t != null; t = journal.next()) {
                Consumer<byte[]> taker = inlets.get(t.inlet());
                if (taker == null) {
                    throw new ReplayDivergence("something came through a way in that is not there: number " + t.inlet());
                }
                taker.accept(t.bytes());
            }
            return;
        }
        for (int n = given.size(); n > 0; n--) {
            Journal.Taken t = given.remove();
            Consumer<byte[]> taker = inlets.get(t.inlet());
            if (taker != null) {
                journal.took(t.inlet(), t.bytes());
                taker.accept(t.bytes());
            }
        }
    }
}
