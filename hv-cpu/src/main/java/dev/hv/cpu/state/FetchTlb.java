package dev.hv.cpu.state;

import java.util.Arrays;

/**
 * Translations of instruction fetches: linear page and context to physical page. Unlike a direct-mapped cache it forgets only what is flushed,
 * or everything at once: so when a page is walked, which sets its accessed flags, does not depend on how often an engine looks code up.
 */
final class FetchTlb {

    private static final int FIRST = 1024;
    /** Entries kept at most. */
    private static final int MOST = 1 << 15;
    private static final long EMPTY = -1;
    private static final long DROPPED = -2;

    /** By context, the key of its address space, or that it is gone for good: its entries make room for others. */
    private final long[] keys;
    private long[] tags = new long[FIRST];
    private long[] pages = new long[FIRST];
    /** Slots that are not empty. */
    private int used;

    FetchTlb(long[] keys) {
        this.keys = keys;
        Arrays.fill(tags, EMPTY);
    }

    private int slot(long tag) {
        long p = tag >>> 12;
        return (int) ((p ^ p >>> 16) * 0x9E3779B1L >>> 8) & tags.length - 1;
    }

    /** Physical page of a linear page under a context, -1 when it is not known. */
    long find(long tag) {
        for (int i = slot(tag); tags[i] != EMPTY; i = i + 1 & tags.length - 1) {
            if (tags[i] == tag) {
                return pages[i];
            }
        }
        return -1;
    }

    /** Enters a translation; false when there was no room and all others were dropped for it. */
    boolean put(long tag, long page) {
        int free = -1;
        for (int i = slot(tag);; i = i + 1 & tags.length - 1) {
            long t = tags[i];
            if (t == tag) {
                return true;
            }
            if (t == EMPTY) {
                boolean fresh = free < 0;
                free = fresh ? i : free;
                tags[free] = tag;
                pages[free] = page;
                return !fresh || ++used * 2 <= tags.length || grow(tag, page);
            }
            if (free < 0 && (t == DROPPED || keys[(int) (t & ~Tlb.PAGE_MASK) >>> 2] == Tlb.GONE)) {
                free = i;
            }
        }
    }

    private boolean grow(long tag, long page) {
        if (used > MOST) {
            clear();
            put(tag, page);
            return false;
        }
        long[] oldTags = tags;
        long[] oldPages = pages;
        tags = new long[oldTags.length * 2];
        pages = new long[tags.length];
        Arrays.fill(tags, EMPTY);
        used = 0;
        for (int i = 0; i < oldTags.length; i++) {
            if (oldTags[i] != EMPTY && oldTags[i] != DROPPED) {
                put(oldTags[i], oldPages[i]);
            }
        }
        return true;
    }

    /** Forgets a linear page in all contexts. */
    void drop(long linearPage) {
        for (int i = slot(linearPage); tags[i] != EMPTY; i = i + 1 & tags.length - 1) {
            if (tags[i] != DROPPED && (tags[i] & Tlb.PAGE_MASK) == linearPage) {
                tags[i] = DROPPED;
            }
        }
    }

    /** Forgets everything. */
    void clear() {
        if (used > 0) {
            Arrays.fill(tags, EMPTY);
            used = 0;
        }
    }
}
