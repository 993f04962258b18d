package dev.hv.cpu.state;

import java.util.Arrays;

/**
 * What the translation cache had to give up for another page at the same place: four entries for each of its places, the newest replacing the oldest. Address
 * spaces with one kernel, two guests of one hypervisor above all, use the same places, and would walk tables at every switch.
 */
final class VictimTlb {

    private static final int WAYS = 4;
    private static final long EMPTY = -1;
    /** In a word, beside the flags that {@link Tlb} keeps there: the page may be written. */
    private static final long WRITABLE = 1 << 7;

    /** By place, {@link #WAYS} each: tag, addend and the physical word of the entry. */
    private final long[] tags = new long[Tlb.ENTRIES * WAYS];
    private final long[] addends = new long[tags.length];
    private final long[] words = new long[tags.length];
    /** By place: the entry to replace next. */
    private final byte[] next = new byte[Tlb.ENTRIES];
    /** There is an entry, perhaps. */
    private boolean any = true;

    VictimTlb() {
        clear();
    }

    /** Takes an entry; none of its place has its tag. */
    void put(int place, long tag, long addend, long word, boolean writable) {
        int i = place * WAYS + next[place];
        next[place] = (byte) (next[place] + 1 & WAYS - 1);
        set(i, tag, addend, word, writable);
    }

    private void set(int i, long tag, long addend, long word, boolean writable) {
        tags[i] = tag;
        addends[i] = addend;
        words[i] = word & ~WRITABLE | (writable ? WRITABLE : 0);
        any = true;
    }

    /** Index of the entry with a tag, for the other methods; -1 when there is none. */
    int find(int place, long tag) {
        int first = place * WAYS;
        for (int i = first; i < first + WAYS; i++) {
            if (tags[i] == tag) {
                return i;
            }
        }
        return -1;
    }

    /** Puts another entry where one stood that has been taken back. */
    void replace(int i, long tag, long addend, long word, boolean writable) {
        set(i, tag, addend, word, writable);
    }

    long addend(int i) {
        return addends[i];
    }

    /** The physical word of an entry, without what says that code in the page is watched. */
    long word(int i) {
        return words[i] & ~(WRITABLE | Tlb.WATCHED);
    }

    boolean writable(int i) {
        return (words[i] & WRITABLE) != 0;
    }

    /** Forgets one entry. */
    void remove(int i) {
        tags[i] = EMPTY;
    }

    /** Forgets what stood at some places one after another, in all contexts. */
    void forget(int place, int places) {
        Arrays.fill(tags, place * WAYS, (place + places) * WAYS, EMPTY);
    }

    /** Forgets everything. */
    void clear() {
        if (any) {
            Arrays.fill(tags, EMPTY);
            Arrays.fill(next, (byte) 0);
            any = false;
        }
    }
}
