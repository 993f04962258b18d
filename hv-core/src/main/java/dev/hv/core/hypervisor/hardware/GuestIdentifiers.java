package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.BitSet;

/**
 * Identifiers by which hardware tells guests' translations apart, VPIDs (SDM vol. 3C, 28.1) or ASIDs (APM vol. 2, 15.16): no two virtual processors have the same one at the same time. They are given in turn, so
 * that one that was given back rests for long; who gets it again drops its translations first.
 */
public final class GuestIdentifiers {

    private final int most;
    private final BitSet used = new BitSet();
    private int last;

    /** Identifiers from 1 to {@code most}; 0 is the hypervisor's. */
    public GuestIdentifiers(int most) {
        this.most = most;
    }

    /** Whether there is one that nobody has. */
    public boolean free() {
        return free(1);
    }

    /** Whether there are so many that nobody has. */
    public boolean free(int count) {
        return used.cardinality() + count <= most;
    }

    /** Takes one; {@link #free} says whether that is possible. */
    public int take() {
        int id = used.nextClearBit(last + 1);
        if (id > most) {
            id = used.nextClearBit(1);
        }
        used.set(id);
        last = id;
        return id;
    }

    /** Gives one back. */
    public void release(int id) {
        used.clear(id);
    }

    /** Saves which are taken. */
    public void save(StateWriter out) {
        long[] words = used.toLongArray();
        out.put("last", last);
        out.put("words-count", words.length);
        out.put("words", words);
    }

    /** The counterpart of {@link #save}. */
    public void restore(StateReader in) {
        last = (int) in.take();
        long[] words = new long[(int) in.take()];
        in.take(words);
        used.clear();
        used.or(BitSet.valueOf(words));
    }
}
