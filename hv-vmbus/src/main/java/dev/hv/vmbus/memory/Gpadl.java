package dev.hv.vmbus.memory;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A GPADL: memory that the guest describes in a header message and as many body messages as it likes. */
public final class Gpadl {

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

    /** Its id, which the guest chose. */
    public int id() {
        return id;
    }

    /** The channel that it was made for. */
    public int channel() {
        return channel;
    }

    /** Bytes of its list of ranges. */
    int size() {
        return list.length;
    }

    /** Takes more of the list; what goes beyond its end is left out. */
    public void add(byte[] message, int at, int length) {
        int n = Math.min(length, list.length - filled);
        System.arraycopy(message, at, list, filled, n);
        filled += n;
    }

    /** Whether all of its list is there. */
    public boolean complete() {
        return filled == list.length;
    }

    /** The memory; null before {@link #resolve} has succeeded. */
    public GuestBuffer buffer() {
        return buffer;
    }

    /** Makes the buffer of the list; false when the list is malformed or names pages that are not the guest's. */
    boolean resolve(DmaView memory) {
        if (ranges == 0 || ranges > list.length / RangeFormat.HEAD) {
            return false;
        }
        var made = new PageRange[ranges];
        int at = 0;
        for (int i = 0; i < ranges; i++) {
            made[i] = PageRange.parse(memory, list, at, list.length);
            if (made[i] == null || made[i].length() == 0 || !made[i].present()) {
                return false;
            }
            at += made[i].described();
        }
        buffer = ranges == 1 ? made[0] : new RangeList(made);
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
