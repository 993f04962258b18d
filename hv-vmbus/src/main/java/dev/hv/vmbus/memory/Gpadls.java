package dev.hv.vmbus.memory;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/** All GPADLs of a guest. How many there are and how long their lists are is bounded: they are kept in the host's memory. */
public final class Gpadls {

    /** GPADLs at most. */
    static final int MOST = 4096;
    /** Bytes of their lists together at most; this describes 4 GiB. */
    static final long MOST_BYTES = 8 << 20;

    private final IntFunction<DmaView> memory;
    private final SortedMap<Integer, Gpadl> all = new TreeMap<>();
    private long bytes;

    /**
     * None yet.
     *
     * @param memory guest memory as the device of a channel sees it, by the id of the channel
     */
    public Gpadls(IntFunction<DmaView> memory) {
        this.memory = memory;
    }

    /** The GPADL with an id; null when there is none. */
    public Gpadl get(int id) {
        return all.get(id);
    }

    /** Begins a GPADL; null when its id is in use or there are too many. */
    public Gpadl begin(int id, int channel, int ranges, int listBytes) {
        if (all.containsKey(id) || all.size() == MOST || bytes + listBytes > MOST_BYTES) {
            return null;
        }
        var g = new Gpadl(id, channel, ranges, listBytes);
        all.put(id, g);
        bytes += listBytes;
        return g;
    }

    /** The memory that was described for a channel; null when there is none with this id. */
    public GuestBuffer buffer(int channel, int id) {
        Gpadl g = all.get(id);
        return g == null || g.channel() != channel ? null : g.buffer(memory);
    }

    /** Makes the buffer of a complete GPADL; drops it when that cannot be. */
    public boolean resolve(Gpadl g) {
        boolean ok = g.resolve(memory.apply(g.channel()));
        if (!ok) {
            drop(x -> x == g);
        }
        return ok;
    }

    /** Forgets some. */
    public void drop(Predicate<Gpadl> which) {
        all.values().removeIf(g -> {
            boolean drop = which.test(g);
            if (drop) {
                bytes -= g.size();
            }
            return drop;
        });
    }

    /** Saves all of them. */
    public void save(StateWriter out) {
        out.put("all-count", all.size());
        for (Gpadl g : all.values()) {
            g.save(out);
        }
    }

    /** Has those of a saved state and no others. */
    public void restore(StateReader in) {
        all.clear();
        bytes = 0;
        for (long n = in.take(); n > 0; n--) {
            Gpadl g = Gpadl.restored(in);
            all.put(g.id(), g);
            bytes += g.size();
        }
    }
}
