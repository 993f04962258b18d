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

    /** The context counts: hundreds of address spaces with one kernel would stand in one row. */
    private int slot(long tag) {
        long p = tag >>> 12;
        return (int) ((p ^ p >>> 16 ^ (tag & ~Tlb.PAGE_MASK) << 20) * 0x9E3779B97F4A7C15L >>> 40) & tags.length - 1;
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
        int kept = 0;
        for (long t : tags) {
            kept += live(t) ? 1 : 0;
        }
        if (kept > MOST) {
            clear();
            put(tag, page);
            return false;
        }
        long[] oldTags = tags;
        long[] oldPages = pages;
        tags = new long[kept * 4 > oldTags.length ? oldTags.length * 2 : oldTags.length];
        pages = new long[tags.length];
        Arrays.fill(tags, EMPTY);
        used = 0;
        for (int i = 0; i < oldTags.length; i++) {
            if (live(oldTags[i])) {
                put(oldTags[i], oldPages[i]);
            }
        }
        return true;
    }

    private boolean live(long tag) {
        return tag != EMPTY && tag != DROPPED && keys[(int) (tag & ~Tlb.PAGE_MASK) >>> 2] != Tlb.GONE;
    }

    /**
     * Forgets a linear page in all contexts.
     *
     * @param first context before which all are gone
     * @param contexts how many there are, gone ones included
     */
    void drop(long linearPage, int first, int contexts) {
        for (int context = first; context < contexts; context++) {
            if (keys[context] != Tlb.GONE) {
                long tag = linearPage | (long) context << 2;
                drop(tag | Tlb.SUPERVISOR);
                drop(tag | Tlb.USER);
            }
        }
    }

    private void drop(long tag) {
        for (int i = slot(tag); tags[i] != EMPTY; i = i + 1 & tags.length - 1) {
            if (tags[i] == tag) {
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
