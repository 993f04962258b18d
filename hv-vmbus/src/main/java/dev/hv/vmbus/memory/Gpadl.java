package dev.hv.vmbus.memory;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.IntFunction;

/** A GPADL: memory that the guest describes in a header message and as many body messages as it likes. */
public final class Gpadl {

    private final int id;
    private final int channel;
    private final int ranges;
    private final byte[] list;
    private int filled;
    /** The guest was told that it can use it. */
    private boolean usable;
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

    /**
     * The memory; null before {@link #resolve} has succeeded. After a restore it is made when it is first asked for: its channel must be there.
     *
     * @param memory guest memory as the device of a channel sees it, by the id of the channel
     */
    GuestBuffer buffer(IntFunction<DmaView> memory) {
        if (usable && buffer == null) {
            resolve(memory.apply(channel));
        }
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
        usable = true;
        buffer = ranges == 1 ? made[0] : new RangeList(made);
        return true;
    }

    void save(StateWriter out) {
        out.put("id", id);
        out.put("channel", channel);
        out.put("ranges", ranges);
        out.put("list", list, 0, list.length);
        out.put("filled", filled);
        out.put("usable", usable);
    }

    static Gpadl restored(StateReader in) {
        int id = (int) in.take();
        int channel = (int) in.take();
        int ranges = (int) in.take();
        byte[] list = in.takeBytes();
        var g = new Gpadl(id, channel, ranges, list.length);
        g.add(list, 0, list.length);
        g.filled = (int) in.take();
        g.usable = in.takeBoolean();
        return g;
    }
}
