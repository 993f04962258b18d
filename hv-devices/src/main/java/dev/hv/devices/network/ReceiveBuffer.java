package dev.hv.devices.network;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.memory.GuestBuffer;
import java.util.BitSet;

/**
 * The guest's receive buffer, cut into sections of one size. The sections of a packet belong to the guest until it gives the packet
 * back; they are a chain that is known by its first section.
 */
final class ReceiveBuffer {

    /** Bytes of a section: what a frame of 1518 bytes and its header need, as on Hyper-V. */
    static final int LEAST_SECTION = 1728;

    private static final int MOST_SECTIONS = 1 << 20;
    private static final int LAST = -1;

    private final GuestBuffer memory;
    private final int sectionSize;
    private final int sections;
    private final BitSet used = new BitSet();
    private final BitSet first = new BitSet();
    private final int[] next;
    private int taken;
    private int start;

    ReceiveBuffer(GuestBuffer memory, int sectionSize) {
        this.memory = memory;
        this.sectionSize = sectionSize;
        sections = (int) Math.min(memory.length() / sectionSize, MOST_SECTIONS);
        next = new int[sections];
    }

    int sectionSize() {
        return sectionSize;
    }

    int sections() {
        return sections;
    }

    /** Whether the messages of a packet can ever be put: each into a section, all at once. */
    boolean fits(byte[][] messages) {
        for (byte[] m : messages) {
            if (m.length > sectionSize) {
                return false;
            }
        }
        return messages.length <= sections;
    }

    /**
     * Takes sections and fills them, one message each; what a page takes no more is lost.
     *
     * @param messages those of a packet that {@link #fits}
     * @param ranges gets length and offset of each, in turn
     * @return the first section, or -1 when there are not enough
     */
    int put(byte[][] messages, int[] ranges) {
        if (sections - taken < messages.length) {
            return -1;
        }
        int head = LAST;
        int previous = LAST;
        for (int i = 0; i < messages.length; i++) {
            int free = used.nextClearBit(start);
            if (free >= sections) {
                free = used.nextClearBit(0);
            }
            used.set(free);
            taken++;
            next[free] = LAST;
            start = free + 1;
            if (previous == LAST) {
                head = free;
                first.set(free);
            } else {
                next[previous] = free;
            }
            previous = free;
            ranges[2 * i] = messages[i].length;
            ranges[2 * i + 1] = free * sectionSize;
            memory.write((long) free * sectionSize, messages[i], 0, messages[i].length);
        }
        return head;
    }

    /** Gives the sections of a packet back; false when it was not taken. */
    boolean release(long section) {
        if (section < 0 || section >= sections || !first.get((int) section)) {
            return false;
        }
        first.clear((int) section);
        for (int i = (int) section; i != LAST; i = next[i]) {
            used.clear(i);
            taken--;
        }
        return true;
    }

    void save(StateWriter out) {
        words(out, used);
        words(out, first);
        for (int i = used.nextSetBit(0); i >= 0; i = used.nextSetBit(i + 1)) {
            out.put("next", next[i]);
        }
        out.put("start", start);
    }

    private static void words(StateWriter out, BitSet set) {
        long[] words = set.toLongArray();
        out.put("words-count", words.length);
        out.put("words", words);
    }

    void restore(StateReader in) {
        words(in, used);
        taken = used.cardinality();
        words(in, first);
        for (int i = used.nextSetBit(0); i >= 0; i = used.nextSetBit(i + 1)) {
            next[i] = (int) in.take();
        }
        start = (int) in.take();
    }

    private static void words(StateReader in, BitSet set) {
        long[] words = new long[(int) in.take()];
        in.take(words);
        set.clear();
        set.or(BitSet.valueOf(words));
    }
}
