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
    boolean copy(long offset, byte[] bytes, int at, int count, boolean write) {
        long start = 0;
        int done = 0;
        for (PageRange r : ranges) {
            long within = offset + done - start;
            if (within < r.length() && done < count) {
                int n = (int) Math.min(count - done, r.length() - within);
                if (write ? !r.write(within, bytes, at + done, n) : !r.read(within, bytes, at + done, n)) {
                    return false;
                }
                done += n;
            }
            start += r.length();
        }
        return true;
    }
}
