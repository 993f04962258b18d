package dev.hv.core.hypervisor.schedule;

import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.LongUnaryOperator;

/**
 * The virtual processors that are ready to run on one logical processor, round-robin with time slices in instructions. A logical
 * processor with nothing to do takes one that waits for another logical processor.
 *
 * @param <V> the virtual processors
 */
public final class RunQueue<V extends Schedulable<V>> {

    /** Instructions a virtual processor runs before the next one's turn: few, so that waiting for one that does not run costs little. */
    public static final long SLICE = 20_000;

    private static final int VERSION = 1;

    private final List<RunQueue<V>> all;
    private final ArrayDeque<V> ready = new ArrayDeque<>();
    private final Runnable waiting;
    private final Runnable changed;
    private final LongUnaryOperator slices;
    private V current;
    private long left;

    /**
     * An empty queue.
     *
     * @param all the queues of all logical processors, this one included
     * @param waiting called when one has become ready that has to wait here: somebody idle may take it
     * @param changed called when the one that runs here has something new to look at, or is to run no longer
     * @param slices gives the length of the next time slice from the usual one
     */
    public RunQueue(List<RunQueue<V>> all, Runnable waiting, Runnable changed, LongUnaryOperator slices) {
        this.all = all;
        this.waiting = waiting;
        this.changed = changed;
        this.slices = slices;
    }

    /** Adds one that has become ready; nothing when it is in already. */
    public void add(V vp) {
        if (vp == current) {
            changed.run();
        } else if (!ready.contains(vp)) {
            ready.add(vp);
            waiting.run();
        }
    }

    /** Takes one out that has halted or ended. */
    public void remove(V vp) {
        if (vp == current) {
            current = null;
            changed.run();
        } else {
            ready.remove(vp);
        }
    }

    /** Whether one has the turn. */
    public boolean runs(V vp) {
        return vp == current;
    }

    /** The current one gives its turn to the next. */
    public void yield(V vp) {
        if (vp == current) {
            left = 0;
        }
    }

    /** The one to run now, or null. */
    public V pick() {
        if (current != null && left <= 0) {
            ready.add(current);
            current = null;
        }
        if (current == null) {
            current = ready.poll();
            if (current == null) {
                current = take();
            }
            left = slices.applyAsLong(current == null ? SLICE : current.slice(SLICE));
        }
        return current;
    }

    /** Gives the one that runs a slice anew. */
    public void renew() {
        if (current != null) {
            left = slices.applyAsLong(current.slice(SLICE));
        }
    }

    /** One that waits longest in the longest of the other queues. */
    private V take() {
        RunQueue<V> longest = this;
        for (int i = 0; i < all.size(); i++) {
            RunQueue<V> q = all.get(i);
            if (q.ready.size() > longest.ready.size() && q.current != null) {
                longest = q;
            }
        }
        V vp = longest.ready.poll();
        if (vp != null) {
            vp.setQueue(this);
        }
        return vp;
    }

    /** Instructions of the current slice that are left; unlimited when nobody waits. */
    public long left() {
        return ready.isEmpty() ? Long.MAX_VALUE : left;
    }

    /** Whether others wait for the current one's turn to end. */
    public boolean contended() {
        return !ready.isEmpty();
    }

    /** The current one has run. */
    public void charge(long instructions) {
        left -= instructions;
    }

    /** Position among the queues of all logical processors. */
    public int position() {
        return all.indexOf(this);
    }

    /** The queue at a position. */
    public RunQueue<V> at(int position) {
        if (position < 0 || position >= all.size()) {
            throw new StateFormatException("run queue " + position + " of " + all.size());
        }
        return all.get(position);
    }

    /** Writes who is here in which order, and what is left of the slice. */
    public void save(StateWriter out) {
        out.begin("run-queue", VERSION);
        out.put("left", left);
        out.put("current-present", current != null);
        out.put("ready-count", ready.size() + (current == null ? 0 : 1));
        if (current != null) {
            name(current, out);
        }
        for (V vp : ready) {
            name(vp, out);
        }
        out.end();
    }

    private void name(V vp, StateWriter out) {
        out.put("partition-id", vp.partitionId());
        out.put("vp", vp.index());
    }

    /** Reads what {@link #save} wrote. */
    public void restore(StateReader in, BiFunction<Long, Integer, V> find) {
        in.begin("run-queue", VERSION);
        left = in.take();
        boolean first = in.takeBoolean();
        current = null;
        ready.clear();
        for (long n = in.take(); n > 0; n--) {
            V vp = find.apply(in.take(), (int) in.take());
            if (vp == null) {
                throw new StateFormatException("a virtual processor is to run that is not there");
            }
            vp.setQueue(this);
            if (first) {
                current = vp;
                first = false;
            } else {
                ready.add(vp);
            }
        }
        in.end();
    }
}
