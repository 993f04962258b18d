package dev.hv.vmbus.memory;

/** A buffer whose bounds are checked here and whose two directions of copying are one. */
abstract sealed class CopiedBuffer implements GuestBuffer permits PageRange, RangeList {

    private final long length;

    CopiedBuffer(long length) {
        this.length = length;
    }

    @Override
    public final long length() {
        return length;
    }

    @Override
    public final boolean read(long offset, byte[] to, int at, int count) {
        return holds(offset, count) && copy(offset, to, at, count, false);
    }

    @Override
    public final boolean write(long offset, byte[] from, int at, int count) {
        return holds(offset, count) && copy(offset, from, at, count, true);
    }

    private boolean holds(long offset, int count) {
        return offset >= 0 && count >= 0 && offset <= length - count;
    }

    /**
     * Copies within the bounds.
     *
     * @param write to the guest
     * @return false when a page is not the guest's
     */
    abstract boolean copy(long offset, byte[] bytes, int at, int count, boolean write);
}
