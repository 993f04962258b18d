package dev.hv.core.vid;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.ScatterList;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A child partition's memory as the root's services and the child's virtual devices reach it: by guest-physical address. */
public final class ChildMemory implements DmaView, Saveable {

    private static final int VERSION = 1;

    /** A run of memory. */
    record Block(MemoryRange range, long systemAddress) {}

    private final SystemMemory memory;
    private final GpaView view;
    /** By their guest-physical addresses. */
    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    /** Answer of {@link #find}. */
    private long found;

    /**
     * Memory without any run yet.
     *
     * @param view the partition's tables, which decide on every access
     */
    ChildMemory(SystemMemory memory, GpaView view) {
        this.memory = memory;
        this.view = view;
    }

    /** Adds a run where there is none; with a neighbour that goes on in system memory, too, it is one run. */
    void add(Block block) {
        Block run = block;
        Map.Entry<Long, Block> before = blocks.lowerEntry(run.range.base());
        if (before != null && follows(before.getValue(), run)) {
            blocks.remove(before.getKey());
            run = joined(before.getValue(), run);
        }
        Block after = blocks.get(run.range.end());
        if (after != null && follows(run, after)) {
            blocks.remove(after.range.base());
            run = joined(run, after);
        }
        blocks.put(run.range.base(), run);
    }

    private static boolean follows(Block a, Block b) {
        return a.range.end() == b.range.base() && a.systemAddress + a.range.length() == b.systemAddress;
    }

    private static Block joined(Block a, Block b) {
        return new Block(new MemoryRange(a.range.base(), a.range.length() + b.range.length()), a.systemAddress);
    }

    /** Whether any of a range has memory. */
    boolean overlaps(MemoryRange range) {
        Map.Entry<Long, Block> last = blocks.lowerEntry(range.end());
        return last != null && last.getValue().range.end() > range.base();
    }

    /** Whether all of a range has memory. */
    boolean covers(MemoryRange range) {
        for (long at = range.base(); at < range.end(); ) {
            Map.Entry<Long, Block> run = blocks.floorEntry(at);
            if (run == null || run.getValue().range.end() <= at) {
                return false;
            }
            at = run.getValue().range.end();
        }
        return true;
    }

    /** Takes a range out that {@link #covers} all of; the runs that it was. */
    List<Block> cut(MemoryRange range) {
        List<Block> out = new ArrayList<>();
        for (long at = range.base(); at < range.end(); ) {
            Block run = blocks.floorEntry(at).getValue();
            blocks.remove(run.range.base());
            long end = Math.min(run.range.end(), range.end());
            keep(run, run.range.base(), at);
            keep(run, end, run.range.end());
            out.add(part(run, at, end));
            at = end;
        }
        return out;
    }

    private void keep(Block run, long from, long to) {
        if (from < to) {
            blocks.put(from, part(run, from, to));
        }
    }

    private static Block part(Block run, long from, long to) {
        return new Block(new MemoryRange(from, to - from), run.systemAddress + from - run.range.base());
    }

    /**
     * The parts of a range without memory, lowest first.
     *
     * @param most how many parts at most
     */
    List<MemoryRange> holes(MemoryRange range, int most) {
        List<MemoryRange> holes = new ArrayList<>();
        Map.Entry<Long, Block> first = blocks.floorEntry(range.base());
        long at = first == null ? range.base() : Math.max(range.base(), first.getValue().range.end());
        for (Block run : blocks.subMap(range.base(), false, range.end(), false).values()) {
            if (holes.size() == most) {
                return holes;
            }
            if (run.range.base() > at) {
                holes.add(new MemoryRange(at, run.range.base() - at));
            }
            at = run.range.end();
        }
        if (at < range.end() && holes.size() < most) {
            holes.add(new MemoryRange(at, range.end() - at));
        }
        return holes;
    }

    /** Bytes of memory. */
    public long bytes() {
        long n = 0;
        for (Block b : blocks.values()) {
            n += b.range.length();
        }
        return n;
    }

    /** Everything reads as zero. */
    void clear() {
        for (Block b : blocks.values()) {
            for (long at = 0; at < b.range.length(); at += SystemMemory.PAGE) {
                memory.clearPage(b.systemAddress + at);
                // the log of what was written to has it, too
                view.translate(b.range.base() + at, HvMapFlags.WRITABLE);
            }
        }
    }

    /** The runs that it had: it has none any more. */
    List<Block> end() {
        List<Block> had = List.copyOf(blocks.values());
        blocks.clear();
        return had;
    }

    /** The guest-physical ranges that have memory, in ascending order, none beside another. */
    public List<MemoryRange> ranges() {
        List<MemoryRange> ranges = new ArrayList<>();
        for (Block b : blocks.values()) {
            MemoryRange last = ranges.isEmpty() ? null : ranges.getLast();
            if (last != null && last.end() == b.range.base()) {
                ranges.set(ranges.size() - 1, new MemoryRange(last.base(), last.length() + b.range.length()));
            } else {
                ranges.add(b.range);
            }
        }
        return ranges;
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        int done = 0;
        while (done < length) {
            int n = find(address + done, length - done, HvMapFlags.READABLE);
            if (n == 0) {
                return false;
            }
            memory.copyOut(found, to, offset + done, n);
            done += n;
        }
        return true;
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        int done = 0;
        while (done < length) {
            int n = find(address + done, length - done, HvMapFlags.WRITABLE);
            if (n == 0) {
                return false;
            }
            memory.copyIn(from, offset + done, found, n);
            done += n;
        }
        return true;
    }

    @Override
    public boolean scatter(long address, int length, ScatterList to) {
        for (int done = 0, n; done < length; done += n) {
            n = find(address + done, length - done, HvMapFlags.WRITABLE);
            if (n == 0 || !memory.scatter(found, n, to)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Finds the system address, {@link #found}, of what the guest sees at an address.
     *
     * @return how many of {@code length} bytes lie in one piece there; 0 when nothing is there or the guest has no right to it
     */
    private int find(long address, int length, int right) {
        found = view.translate(address, right);
        return found < 0 ? 0 : (int) Math.min(length, view.run(address));
    }

    /** Where its memory is; what is in it is saved with all of the machine's. */
    @Override
    public void save(StateWriter out) {
        out.begin("child-memory", VERSION);
        out.put("blocks-count", blocks.size());
        for (Block b : blocks.values()) {
            out.put("base", b.range.base());
            out.put("length", b.range.length());
            out.put("system-address", b.systemAddress);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("child-memory", VERSION);
        blocks.clear();
        for (long n = in.take(); n > 0; n--) {
            var range = new MemoryRange(in.take(), in.take());
            blocks.put(range.base(), new Block(range, in.take()));
        }
        in.end();
    }
}
