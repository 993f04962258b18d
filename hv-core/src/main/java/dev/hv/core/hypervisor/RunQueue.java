package dev.hv.core.hypervisor;

import java.util.ArrayDeque;

/** The virtual processors that are ready to run on one logical processor, round-robin with time slices in instructions. */
final class RunQueue {

    /** Instructions a virtual processor runs before the next one's turn. */
    static final long SLICE = 100_000;

    private final ArrayDeque<VirtualProcessor> ready = new ArrayDeque<>();
    private VirtualProcessor current;
    private long left;

    /** Adds one that has become ready; nothing when it is in already. */
    void add(VirtualProcessor vp) {
        if (vp != current && !ready.contains(vp)) {
            ready.add(vp);
        }
    }

    /** Takes one out that has halted or ended. */
    void remove(VirtualProcessor vp) {
        if (vp == current) {
            current = null;
        } else {
            ready.remove(vp);
        }
    }

    /** The current one gives its turn to the next. */
    void yield(VirtualProcessor vp) {
        if (vp == current) {
            left = 0;
        }
    }

    /** The one to run now, or null. */
    VirtualProcessor pick() {
        if (current != null && left <= 0) {
            ready.add(current);
            current = null;
        }
        if (current == null) {
            current = ready.poll();
            left = SLICE;
        }
        return current;
    }

    /** Instructions of the current slice that are left; unlimited when nobody waits. */
    long left() {
        return ready.isEmpty() ? Long.MAX_VALUE : left;
    }

    /** The current one has run. */
    void charge(long instructions) {
        left -= instructions;
    }
}
