package dev.hv.core.machine.iommu;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;

/** The unit's own way to tables, queues and logs in memory. Addresses are physical; nothing is remapped. */
public final class TableMemory {

    private static final int WORD = 8;
    private static final int MOST_WORDS = 4;

    private final DmaView memory;
    private final byte[] bytes = new byte[MOST_WORDS * WORD];

    /** A way to this memory. */
    public TableMemory(DmaView memory) {
        this.memory = memory;
    }

    /**
     * Reads words of 64 bits.
     *
     * @param into filled; at most four
     * @return false where there is no memory; {@code into} is then unspecified
     */
    public boolean read(long address, long... into) {
        if (!memory.read(address, bytes, 0, into.length * WORD)) {
            return false;
        }
        for (int i = 0; i < into.length; i++) {
            into[i] = LittleEndian.u64(bytes, i * WORD);
        }
        return true;
    }

    /** Writes words of 64 bits, at most four; false where there is no memory. */
    public boolean write(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            LittleEndian.put64(bytes, i * WORD, words[i]);
        }
        return memory.write(address, bytes, 0, words.length * WORD);
    }

    /** Replaces 64 bits, which processors may change too, if they are as expected; false when they are not, or where there is no memory. */
    public boolean replace(long address, long expected, long value) {
        return memory.replace(address, expected, value);
    }

    /** Writes 32 bits; false where there is no memory. */
    public boolean write32(long address, int value) {
        LittleEndian.put32(bytes, 0, value);
        return memory.write(address, bytes, 0, 4);
    }
}
