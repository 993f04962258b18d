package dev.hv.vmbus.memory;

import java.util.Arrays;

/** Ranges of guest memory, one behind the other. */
final class RangeList extends CopiedBuffer {

    private final PageRange[] ranges;

    RangeList(PageRange[] ranges) {
        super(Arrays.stream(ranges).mapToLong(PageRange::length).sum());
        this.ranges = ranges;
    }

    @Override
    boolean each(long offset, int count, Step step) {
        long start = 0;
        int done = 0;
        for (PageRange r : ranges) {
            long within = offset + done - start;
            if (within < r.length() && done < count) {
                int n = (int) Math.min(count - done, r.length() - within);
                int before = done;
                if (!r.each(within, n, (memory, address, more, length) -> step.take(memory, address, before + more, length))) {
                    return false;
                }
                done += n;
            }
            start += r.length();
        }
        return true;
    }
}
