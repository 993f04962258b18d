package dev.hv.devices.disk;

import java.util.ArrayList;
import java.util.List;

/** Where requests to a disk fail, for tests of what a guest makes of that. What fails is not carried out. */
public final class DiskFaults {

    /** Requests that fail: how many more, and which. */
    private static final class Rule {
        private final boolean reads;
        private final boolean writes;
        private final long first;
        private final long end;
        private long times;

        Rule(boolean reads, boolean writes, long first, long end, long times) {
            this.reads = reads;
            this.writes = writes;
            this.first = first;
            this.end = end;
            this.times = times;
        }

        boolean meets(boolean write, long offset, long length) {
            return (write ? writes : reads) && times > 0 && offset < end && offset + length > first;
        }
    }

    private final List<Rule> rules = new ArrayList<>();

    /**
     * Has requests fail that touch a range.
     *
     * @param first byte
     * @param end byte behind the last
     * @param times how many requests; {@link Long#MAX_VALUE} until {@link #heal}
     */
    public synchronized void fail(boolean reads, boolean writes, long first, long end, long times) {
        rules.add(new Rule(reads, writes, first, end, times));
    }

    /** Nothing fails any more. */
    public synchronized void heal() {
        rules.clear();
    }

    /** Whether a request fails; it counts as one of those that do. */
    synchronized boolean fails(boolean write, long offset, long length) {
        for (Rule r : rules) {
            if (r.meets(write, offset, length)) {
                if (r.times != Long.MAX_VALUE) {
                    r.times--;
                }
                return true;
            }
        }
        return false;
    }
}
