package dev.hv.core.hypervisor.schedule;

/**
 * How fast a virtual processor uses up its time slice. A slice is counted in instructions; in real time it counts the host's time, too:
 * a guest whose instructions or exits are expensive gets fewer of them while others wait.
 */
public final class Pace {

    /** Host time that a slice of {@link RunQueue#SLICE} instructions stands for. */
    public static final long SLICE_NANOS = 2_000_000;
    /** Fewest instructions between two looks at the host's clock. */
    private static final long LEAST = 200;

    private long most = RunQueue.SLICE;

    /** Begins anew: what the host took until now says nothing about one that goes on elsewhere. */
    public void rest() {
        most = RunQueue.SLICE;
    }

    /** Instructions to run at most before the host's clock is looked at. */
    public long most() {
        return most;
    }

    /**
     * What a stretch counts for of the slice.
     *
     * @param nanos what it took of the host's time
     */
    public long charge(long instructions, long nanos) {
        most = nanos > SLICE_NANOS ? Math.max(LEAST, instructions * SLICE_NANOS / nanos) : Math.min(RunQueue.SLICE, 2 * most);
        return Math.max(instructions, nanos * RunQueue.SLICE / SLICE_NANOS);
    }
}
