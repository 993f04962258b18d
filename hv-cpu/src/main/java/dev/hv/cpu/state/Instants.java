package dev.hv.cpu.state;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Instants of a run that is repeated: how many instructions all processors have run together. The debuggers of the processors that take turns share one; it
 * has the processor stop that comes to a certain instant, and knows up to which instant each processor ran last.
 */
public final class Instants {

    private final LongSupplier now;
    private long target = Long.MAX_VALUE;
    /** For each processor: the instant and the processor's own count at its latest boundary, and the instant up to which it has run last, -1 for none. */
    private final long[] at;
    private final long[] counted;
    private final long[] ran;

    /**
     * Of processors that have run nothing.
     *
     * @param now instructions of all processors so far
     */
    public Instants(int processors, LongSupplier now) {
        this.now = now;
        at = new long[processors];
        counted = new long[processors];
        ran = new long[processors];
        Arrays.fill(counted, -1);
        Arrays.fill(ran, -1);
    }

    /** The instant now. */
    public long now() {
        return now.getAsLong();
    }

    /** Has the processor stop that comes to an instant, {@link Long#MAX_VALUE} for none, or is beyond it. */
    public void stopAt(long instant) {
        target = instant;
    }

    /** Whether the instant to stop at is here. */
    boolean reached() {
        return target != Long.MAX_VALUE && now.getAsLong() >= target;
    }

    /** Instructions until then, at least one. */
    long left(long most) {
        return target == Long.MAX_VALUE ? most : Math.clamp(target - now.getAsLong(), 1, most);
    }

    /** A processor is at a boundary; from here on until its next one nobody else runs, or it does not run. */
    void boundary(int processor, long count) {
        if (counted[processor] >= 0 && count > counted[processor]) {
            ran[processor] = at[processor] + count - counted[processor];
        }
        at[processor] = now.getAsLong();
        counted[processor] = count;
    }

    /**
     * The instant at which a processor's last instruction had ended; -1 when it has run none since this was made.
     *
     * @param count what the processor counts now
     */
    long ranTo(int processor, long count) {
        return counted[processor] >= 0 && count > counted[processor] ? at[processor] + count - counted[processor] : ran[processor];
    }
}
