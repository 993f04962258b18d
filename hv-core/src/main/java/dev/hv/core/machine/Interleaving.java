package dev.hv.core.machine;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * How long processors that share a thread go on before the next one has its turn. Without a seed turns have their usual length; with one every turn has a length of its own, from one instruction to 4,095,
 * short ones as often as long ones, all following from the seed: another seed is another way in which the processors' instructions can fall, and the same seed is the same way again. So races are searched for, and what
 * was found is found again. Part of the machine's state, and so of checkpoints and digests.
 */
public final class Interleaving {

    private static final long STEP = 0x9E3779B97F4A7C15L;
    /** Lengths have fewer binary digits than 13: in longer ones nothing would be cut for long stretches. */
    private static final int DIGITS = 12;

    private final List<Runnable> turns = new ArrayList<>();
    /** 0: turns are of the usual length. */
    private long state;

    Interleaving() {}

    /**
     * From now on lengths follow from a seed.
     *
     * @param seed 0 for the usual lengths
     */
    public void seed(long seed) {
        state = seed;
        if (seed != 0) {
            turns.forEach(Runnable::run);
        }
    }

    /** Has a turn that is under way get a length anew when there is another seed. */
    public void onSeed(Runnable turn) {
        turns.add(turn);
    }

    /**
     * Instructions of the next turn.
     *
     * @param usual without a seed
     */
    public long length(long usual) {
        if (state == 0) {
            return usual;
        }
        state += STEP;
        if (state == 0) {
            state = STEP;
        }
        long random = mix(state);
        // the number of digits first: otherwise nearly all were long
        int digits = (int) Long.remainderUnsigned(random, DIGITS);
        return (1L << digits) + (random >>> 8 & (1L << digits) - 1);
    }

    private static long mix(long v) {
        v = (v ^ v >>> 33) * 0xFF51AFD7ED558CCDL;
        v = (v ^ v >>> 33) * 0xC4CEB9FE1A85EC53L;
        return v ^ v >>> 33;
    }

    void save(StateWriter out) {
        out.put("state", state);
    }

    void restore(StateReader in) {
        state = in.take();
    }
}
