package dev.hv.cli.trace;

import dev.hv.core.machine.Clock;
import java.util.Map;

/** How lines of traces begin: instant in seconds, machine, virtual processor. */
final class TraceLine {

    private static final long SECOND = 1_000_000_000L;

    private TraceLine() {}

    /** A line's beginning, to be gone on with. */
    static StringBuilder begin(long nanos, String machine, int vp) {
        return begin(nanos, machine).append("vp").append(vp).append(' ');
    }

    /** The same of what is nobody's processor's. */
    static StringBuilder begin(long nanos, String whose) {
        var line = new StringBuilder(96);
        String seconds = Long.toString(nanos / SECOND);
        line.append(" ".repeat(Math.max(0, 6 - seconds.length()))).append(seconds).append('.');
        String fraction = Long.toString(nanos % SECOND);
        line.append("0".repeat(9 - fraction.length())).append(fraction);
        return line.append(' ').append(whose).append(' ');
    }

    /** The name of a partition's machine; its number when it is no machine of the run's. */
    static String machine(Map<Long, String> names, long partition) {
        String name = names.get(partition);
        return name == null ? "partition-" + partition : name;
    }

    /** The time now, without a trace in any record. */
    static long now(Clock clock) {
        return clock.nanos();
    }
}
