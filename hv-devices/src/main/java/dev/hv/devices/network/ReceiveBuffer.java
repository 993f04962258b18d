package dev.hv.devices.network;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.GuestBuffer;
import java.util.BitSet;

/** The guest's receive buffer, cut into sections of one size; a section belongs to the guest until it gives the packet back. */
final class ReceiveBuffer {

    /** Bytes of a section: what a frame of 1518 bytes and its header need, as on Hyper-V. */
    static final int LEAST_SECTION = 1728;

    private final GuestBuffer memory;
    private final int sectionSize;
    private final int sections;
    private final BitSet used = new BitSet();
    private int next;

    ReceiveBuffer(GuestBuffer memory, int sectionSize) {
        this.memory = memory;
        this.sectionSize = sectionSize;
        sections = (int) Math.min(memory.length() / sectionSize, 1 << 20);
    }

    int sectionSize() {
        return sectionSize;
    }

    int sections() {
        return sections;
    }

    /** Takes a section; -1 when the guest has all of them. */
    int take() {
        int free = used.nextClearBit(next);
        if (free >= sections) {
            free = used.nextClearBit(0);
        }
        if (free >= sections) {
            return -1;
        }
        used.set(free);
        next = free + 1;
        return free;
    }

    /** Gives a section back; false when it was not taken. */
    boolean release(long section) {
        if (section < 0 || section >= sections || !used.get((int) section)) {
            return false;
        }
        used.clear((int) section);
        return true;
    }

    int offset(int section) {
        return section * sectionSize;
    }

    boolean write(int section, byte[] bytes, int offset, int length) {
        return memory.write(offset(section), bytes, offset, length);
    }

    void save(StateWriter out) {
        long[] words = used.toLongArray();
        out.put(words.length);
        out.put(words);
        out.put(next);
    }

    void restore(StateReader in) {
        long[] words = new long[(int) in.take()];
        in.take(words);
        used.clear();
        used.or(BitSet.valueOf(words));
        next = (int) in.take();
    }
}
