package dev.hv.vmbus.memory;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.ScatterList;

/** A buffer whose bounds are checked here and of which all is one way through its pages. */
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
        return holds(offset, count) && each(offset, count, (memory, address, done, n) -> memory.read(address, to, at + done, n));
    }

    @Override
    public final boolean write(long offset, byte[] from, int at, int count) {
        return holds(offset, count) && each(offset, count, (memory, address, done, n) -> memory.write(address, from, at + done, n));
    }

    @Override
    public final boolean scatter(long offset, int count, ScatterList to) {
        return holds(offset, count) && each(offset, count, new Scattering(to));
    }

    /** A class of its own: the JVM would make one when the first disk is read. */
    private record Scattering(ScatterList to) implements Step {
        @Override
        public boolean take(DmaView memory, long address, int done, int count) {
            return memory.scatter(address, count, to);
        }
    }

    private boolean holds(long offset, int count) {
        return offset >= 0 && count >= 0 && offset <= length - count;
    }

    /** Something to be done with bytes that are in a row in the guest's memory: {@code count} from {@code address} on, with {@code done} before them. */
    @FunctionalInterface
    interface Step {
        /** Does it; false when a page is not the guest's. */
        boolean take(DmaView memory, long address, int done, int count);
    }

    /**
     * Goes through a range within the bounds, neighbouring pages at once.
     *
     * @return false when a step was, which is the last one then, or a page is not the guest's
     */
    abstract boolean each(long offset, int count, Step step);
}
