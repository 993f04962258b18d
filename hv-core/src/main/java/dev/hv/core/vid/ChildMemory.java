package dev.hv.core.vid;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** A child partition's memory as the root's services and the child's virtual devices reach it: by guest-physical address. */
public final class ChildMemory implements DmaView, Saveable {

    private static final int VERSION = 1;

    /** A run of memory. */
    record Block(MemoryRange range, long systemAddress) {}

    private final SystemMemory memory;
    private final GpaView view;
    private final List<Block> blocks = new ArrayList<>();
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

    void add(Block block) {
        blocks.add(block);
    }

    List<Block> blocks() {
        return blocks;
    }

    /** Everything reads as zero. */
    void clear() {
        for (Block b : blocks) {
            for (long at = 0; at < b.range.length(); at += SystemMemory.PAGE) {
                memory.clearPage(b.systemAddress + at);
                // the log of what was written to has it, too
                view.translate(b.range.base() + at, HvMapFlags.WRITABLE);
            }
        }
    }

    /** The runs that it had: it has none any more. */
    List<Block> end() {
        List<Block> had = List.copyOf(blocks);
        blocks.clear();
        return had;
    }

    /** The guest-physical ranges that have memory, in the order they were given. */
    public List<MemoryRange> ranges() {
        return blocks.stream().map(Block::range).toList();
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
        for (Block b : blocks) {
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
            blocks.add(new Block(range, in.take()));
        }
        in.end();
    }
}
