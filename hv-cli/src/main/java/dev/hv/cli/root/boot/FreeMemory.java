package dev.hv.cli.root.boot;

import dev.hv.devices.firmware.E820Entry;
import java.util.ArrayList;
import java.util.List;

/** Guest memory that a loader may still use: what the memory map calls usable, below a limit, without what was taken. */
final class FreeMemory {

    /** A range of addresses, the last exclusive. */
    private record Range(long from, long to) {}

    /** Ascending, apart from one another. */
    private final List<Range> free = new ArrayList<>();

    /**
     * All usable memory of a map.
     *
     * @param map ascending
     * @param limit first address not to use
     */
    FreeMemory(List<E820Entry> map, long limit) {
        for (E820Entry e : map) {
            long to = Math.min(e.base() + e.length(), limit);
            if (e.type() == E820Entry.RAM && e.base() < to) {
                free.add(new Range(e.base(), to));
            }
        }
    }

    /** Whether all of a range is free. */
    boolean covers(long from, long to) {
        return free.stream().anyMatch(r -> r.from() <= from && to <= r.to());
    }

    /** Takes a range out, as far as it is free. */
    void take(long from, long to) {
        var left = new ArrayList<Range>();
        for (Range r : free) {
            if (to <= r.from() || r.to() <= from) {
                left.add(r);
                continue;
            }
            if (r.from() < from) {
                left.add(new Range(r.from(), from));
            }
            if (to < r.to()) {
                left.add(new Range(to, r.to()));
            }
        }
        free.clear();
        free.addAll(left);
    }

    /**
     * Takes the lowest place that is large enough.
     *
     * @param length bytes
     * @param alignment of the first address, a power of two
     * @param from lowest address allowed
     * @return the first address, or -1 when there is no such place
     */
    long allocate(long length, long alignment, long from) {
        for (Range r : free) {
            long at = Math.max(r.from(), from) + alignment - 1 & -alignment;
            if (at <= r.to() && length <= r.to() - at) {
                take(at, at + length);
                return at;
            }
        }
        return -1;
    }
}
