package dev.hv.vmbus.ring;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.GuestBuffer;
import java.lang.invoke.VarHandle;

/** What both ends of a ring share: its control page and data in guest memory. Reads of a page that is gone give all ones. */
public abstract class Ring {

    private final GuestBuffer memory;
    private final long base;
    final int size;
    private final byte[] word = new byte[4];

    /**
     * One end of a ring.
     *
     * @param base offset of the control page in {@code memory}
     * @param size bytes of data
     */
    Ring(GuestBuffer memory, long base, int size) {
        this.memory = memory;
        this.base = base;
        this.size = size;
    }

    final int control(int offset) {
        return memory.read(base + offset, word, 0, 4) ? LittleEndian.u32(word, 0) : -1;
    }

    /** Reads so many bytes of the control page at once as fit; false when it is gone. */
    final boolean control(int offset, byte[] to) {
        return memory.read(base + offset, to, 0, to.length);
    }

    final void setControl(int offset, int value) {
        LittleEndian.put32(word, 0, value);
        memory.write(base + offset, word, 0, 4);
    }

    /**
     * Size and indices for people: a line.
     *
     * @param own index of the host's end
     * @param reading whether that is the reader's
     */
    public final String describe(int own, boolean reading) {
        int in = control(RingFormat.IN);
        int out = control(RingFormat.OUT);
        int from = reading ? own : out;
        int to = reading ? in : own;
        String used = validIndex(from) && validIndex(to) ? Integer.toString(distance(from, to)) : "no sense";
        return "%d bytes, in %d, out %d, host's own %d, used %s%s, waits for %d\n".formatted(size, in, out, own, used,
                control(RingFormat.INTERRUPT_MASK) == 0 ? "" : ", masked", control(RingFormat.PENDING_SEND_SIZE));
    }

    /** Orders what was published before what is looked at next, on both sides (the guest has its own barriers). */
    static void barrier() {
        VarHandle.fullFence();
    }

    final boolean validIndex(int index) {
        return index >= 0 && index < size && (index & 7) == 0;
    }

    /** Bytes from one index up to another. */
    final int distance(int from, int to) {
        return to >= from ? to - from : to - from + size;
    }

    final int advance(int index, int bytes) {
        int next = index + bytes;
        return next >= size ? next - size : next;
    }

    final boolean readData(int index, byte[] to, int at, int length) {
        int first = Math.min(length, size - index);
        return memory.read(base + RingFormat.DATA + index, to, at, first)
                && (first == length || memory.read(base + RingFormat.DATA, to, at + first, length - first));
    }

    final boolean writeData(int index, byte[] from, int at, int length) {
        int first = Math.min(length, size - index);
        return memory.write(base + RingFormat.DATA + index, from, at, first)
                && (first == length || memory.write(base + RingFormat.DATA, from, at + first, length - first));
    }
}
