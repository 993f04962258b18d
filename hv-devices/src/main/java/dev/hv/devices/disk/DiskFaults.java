package dev.hv.devices.disk;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * How a disk does not do what it should, for tests of what a guest makes of that: requests that touch a range of it fail, or are late. Whoever takes
 * requests from a guest asks here, on the machine's thread, before the disk has anything to do with them: what fails is not carried out. Part of the state of the unit that has the disk.
 */
public final class DiskFaults implements Saveable {

    /** How a request fails. */
    public enum Failure {
        /** The medium: an unrecovered read error, or a write error. */
        MEDIUM,
        /** The device itself. */
        HARDWARE,
        /** The device gives the command up; another try may do. */
        ABORTED,
        /** The device takes no command now. */
        BUSY,
        /** The device is becoming ready. */
        NOT_READY,
        /** There is no room for what is to be written. */
        NO_SPACE,
        /** There is no device any more. */
        GONE
    }

    /**
     * A failure that a request meets.
     *
     * @param offset the first byte of the request that it concerns
     */
    public record Met(Failure failure, long offset) {}

    private static final int VERSION = 1;
    private static final String[] RULE = {"failure", "nanos", "reads", "writes", "first", "end", "times"};
    private static final Failure[] FAILURES = Failure.values();
    private static final int LATE = -1;

    /** Requests that meet a fault: which, and how many more. */
    private static final class Rule {
        /** Ordinal of a {@link Failure}, or {@link #LATE}. */
        private final int failure;
        private final long nanos;
        private final boolean reads;
        private final boolean writes;
        private final long first;
        private final long end;
        private long times;

        Rule(int failure, long nanos, boolean reads, boolean writes, long first, long end, long times) {
            this.failure = failure;
            this.nanos = nanos;
            this.reads = reads;
            this.writes = writes;
            this.first = first;
            this.end = end;
            this.times = times;
        }

        boolean meets(boolean write, long offset, long length) {
            return (write ? writes : reads) && offset < end && offset + length > first;
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
    public void fail(Failure how, boolean reads, boolean writes, long first, long end, long times) {
        rules.add(new Rule(how.ordinal(), 0, reads, writes, first, end, times));
    }

    /**
     * Has requests be late that touch a range, and with them those behind: a disk does one after the other.
     *
     * @param nanos of the machine's clock
     */
    public void delay(long nanos, boolean reads, boolean writes, long first, long end, long times) {
        rules.add(new Rule(LATE, nanos, reads, writes, first, end, times));
    }

    /** Everything is as it should be again; what is late already stays so. */
    public void heal() {
        rules.clear();
    }

    /** The failure that a request meets, which counts as one of those that do; null when it meets none. */
    public Met failing(boolean write, long offset, long length) {
        for (int i = 0; i < rules.size(); i++) {
            Rule r = rules.get(i);
            if (r.failure != LATE && r.meets(write, offset, length)) {
                count(r);
                return new Met(FAILURES[r.failure], Math.max(offset, r.first));
            }
        }
        return null;
    }

    /** Nanoseconds by which a request is late; it counts as one of those that are. */
    public long late(boolean write, long offset, long length) {
        long nanos = 0;
        for (int i = rules.size() - 1; i >= 0; i--) {
            Rule r = rules.get(i);
            if (r.failure == LATE && r.meets(write, offset, length)) {
                count(r);
                nanos = Math.max(nanos, r.nanos);
            }
        }
        return nanos;
    }

    private void count(Rule r) {
        if (r.times != Long.MAX_VALUE && --r.times == 0) {
            rules.remove(r);
        }
    }

    /** Saves what is set of a disk, if anything can be; it may be null. */
    public static void save(Disk disk, StateWriter out) {
        boolean any = disk != null && disk.faults() != null;
        out.put("can-be-faulty", any);
        if (any) {
            disk.faults().save(out);
        }
    }

    /** The counterpart, of a disk with the same contents. */
    public static void restore(Disk disk, StateReader in) {
        DiskFaults now = disk == null || disk.faults() == null ? new DiskFaults() : disk.faults();
        now.heal();
        if (in.takeBoolean()) {
            now.restore(in);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("disk-faults", VERSION);
        out.put("rules-count", rules.size());
        int i = 0;
        for (Rule r : rules) {
            out.item("rule", i++);
            out.put(RULE, new long[] {r.failure, r.nanos, r.reads ? 1 : 0, r.writes ? 1 : 0, r.first, r.end, r.times});
        }
        out.endItems();
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        rules.clear();
        in.begin("disk-faults", VERSION);
        long[] v = new long[7];
        for (long n = in.take(); n > 0; n--) {
            in.take(v);
            rules.add(new Rule((int) v[0], v[1], v[2] != 0, v[3] != 0, v[4], v[5], v[6]));
        }
        in.end();
    }
}
