package dev.hv.vmbus;

/** Ranges of guest memory, one behind the other. */
final class RangeList implements GuestBuffer {

    private final PageRange[] ranges;
    private final long length;

    RangeList(PageRange[] ranges) {
        this.ranges = ranges;
        long sum = 0;
        for (PageRange r : ranges) {
            sum += r.length();
        }
        length = sum;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int count) {
        return copy(offset, to, at, count, false);
    }

    @Override
    public boolean write(long offset, byte[] from, int at, int count) {
        return copy(offset, from, at, count, true);
    }

    private boolean copy(long offset, byte[] bytes, int at, int count, boolean write) {
        if (offset < 0 || count < 0 || offset > length - count) {
            return false;
        }
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
