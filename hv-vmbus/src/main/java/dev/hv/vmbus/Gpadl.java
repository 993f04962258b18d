package dev.hv.vmbus;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A GPADL: memory that the guest describes in a header message and as many body messages as it likes. */
final class Gpadl {

    /** Bytes of a range's head: byte count u32, byte offset u32. */
    private static final int RANGE_HEAD = 8;
    private static final int PFN = 8;

    private final int id;
    private final int channel;
    private final int ranges;
    private final byte[] list;
    private int filled;
    private GuestBuffer buffer;

    /**
     * A GPADL whose list is to come.
     *
     * @param listBytes bytes of the list of ranges
     */
    Gpadl(int id, int channel, int ranges, int listBytes) {
        this.id = id;
        this.channel = channel;
        this.ranges = ranges;
        list = new byte[listBytes];
    }

    int id() {
        return id;
    }

    int channel() {
        return channel;
    }

    int ranges() {
        return ranges;
    }

    byte[] list() {
        return list;
    }

    /** Takes more of the list; what goes beyond its end is left out. */
    void add(byte[] message, int at, int length) {
        int n = Math.min(Math.max(length, 0), list.length - filled);
        System.arraycopy(message, at, list, filled, n);
        filled += n;
    }

    boolean complete() {
        return filled == list.length;
    }

    /** The memory; null before {@link #resolve} has succeeded. */
    GuestBuffer buffer() {
        return buffer;
    }

    /** Makes the buffer of the list; false when the list is malformed or names pages that are not the guest's. */
    boolean resolve(DmaView memory) {
        if (ranges != 1 || list.length < RANGE_HEAD) {
            return false;
        }
        long length = Bytes.u32(list, 0) & 0xFFFF_FFFFL;
        long offset = Bytes.u32(list, 4) & 0xFFFF_FFFFL;
        int pages = (list.length - RANGE_HEAD) / PFN;
        if (length == 0 || offset >= 4096 || PageRange.pagesFor((int) offset, length) > pages) {
            return false;
        }
        long[] pfns = new long[pages];
        byte[] probe = new byte[1];
        for (int i = 0; i < pages; i++) {
            pfns[i] = Bytes.u64(list, RANGE_HEAD + i * PFN);
            if (pfns[i] < 0 || pfns[i] >>> 40 != 0 || !memory.read(pfns[i] << 12, probe, 0, 1)) {
                return false;
            }
        }
        buffer = new PageRange(memory, pfns, (int) offset, length);
        return true;
    }

    void save(StateWriter out) {
        out.put(id);
        out.put(channel);
        out.put(ranges);
        out.put(list, 0, list.length);
        out.put(filled);
        out.put(buffer != null);
    }

    static Gpadl restored(StateReader in, DmaView memory) {
        int id = (int) in.take();
        int channel = (int) in.take();
        int ranges = (int) in.take();
        byte[] list = in.takeBytes();
        var g = new Gpadl(id, channel, ranges, list.length);
        g.add(list, 0, list.length);
        g.filled = (int) in.take();
        if (in.takeBoolean()) {
            g.resolve(memory);
        }
        return g;
    }
}
