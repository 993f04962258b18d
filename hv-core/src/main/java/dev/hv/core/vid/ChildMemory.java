package dev.hv.core.vid;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import java.util.ArrayList;
import java.util.List;

/** A child partition's memory as the root's services and the child's virtual devices reach it: by guest-physical address. */
public final class ChildMemory implements DmaView {

    /** A run of memory. */
    record Block(MemoryRange range, long systemAddress) {}

    private final SystemMemory memory;
    private final List<Block> blocks = new ArrayList<>();

    ChildMemory(SystemMemory memory) {
        this.memory = memory;
    }

    void add(Block block) {
        blocks.add(block);
    }

    List<Block> blocks() {
        return blocks;
    }

    /** The guest-physical ranges that have memory, in the order they were given. */
    public List<MemoryRange> ranges() {
        return blocks.stream().map(Block::range).toList();
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        int done = 0;
        while (done < length) {
            Block b = block(address + done);
            if (b == null) {
                return false;
            }
            int n = (int) Math.min(length - done, b.range.end() - address - done);
            memory.copyOut(b.systemAddress + address + done - b.range.base(), to, offset + done, n);
            done += n;
        }
        return true;
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        int done = 0;
        while (done < length) {
            Block b = block(address + done);
            if (b == null) {
                return false;
            }
            int n = (int) Math.min(length - done, b.range.end() - address - done);
            memory.copyIn(from, offset + done, b.systemAddress + address + done - b.range.base(), n);
            done += n;
        }
        return true;
    }

    private Block block(long address) {
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).range.contains(address)) {
                return blocks.get(i);
            }
        }
        return null;
    }
}
