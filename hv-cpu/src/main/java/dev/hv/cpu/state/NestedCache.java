package dev.hv.cpu.state;

import java.util.Arrays;

/**
 * Recent second-level translations of guest-physical pages, kept apart by paging structure: a walk of the guest's own tables asks five
 * times. A paging structure is known by its identity (EPT pointer; ASID and nested CR3) and numbered; numbers are not reused while anything
 * cached carries them, so what is invalidated gets out of reach by a new number.
 */
public final class NestedCache {

    private static final int ENTRIES = 4096;
    private static final int STRUCTURES = 64;
    /** Tags hold the page number (52-bit addresses at most) below the number of the paging structure. */
    private static final int TAG_SHIFT = 40;
    private static final int NUMBERS = 1 << 23;
    /** No structure has this identity. */
    private static final long NONE = -1;

    private final Cpu c;
    private final long[] tags = new long[ENTRIES];
    private final long[] pages = new long[ENTRIES];
    private final long[] identities = new long[STRUCTURES];
    private final int[] numbers = new int[STRUCTURES];
    private int used;
    private int nextNumber = 1;
    private long current;

    public NestedCache(Cpu c) {
        this.c = c;
        Arrays.fill(tags, NONE);
    }

    /**
     * Makes a paging structure current.
     *
     * @return its number, for {@link Tlb#key}
     */
    public int select(long identity) {
        int number = number(identity);
        current = (long) number << TAG_SHIFT;
        return number;
    }

    private int number(long identity) {
        for (int i = 0; i < used; i++) {
            if (identities[i] == identity) {
                return numbers[i];
            }
        }
        if (used == STRUCTURES) {
            used = 0;
        }
        int number = fresh();
        identities[used] = identity;
        numbers[used++] = number;
        return number;
    }

    private int fresh() {
        if (nextNumber == NUMBERS) {
            reset();
            c.tlb.flushAll();
        }
        return nextNumber++;
    }

    /** Guests of one kind use the same addresses: the structure counts, too. */
    private int slot(long guestPhysical) {
        return (int) (guestPhysical >>> 12 ^ (current >>> TAG_SHIFT) * 0x9E5) & ENTRIES - 1;
    }

    /** What {@link #put} had for this page under the current structure; 0 for nothing. */
    public long find(long guestPhysical) {
        int i = slot(guestPhysical);
        return tags[i] == (guestPhysical >>> 12 | current) ? pages[i] : 0;
    }

    /** Keeps a page with whatever flags stand in its low 12 bits, at least one of them set. */
    public void put(long guestPhysical, long page) {
        int i = slot(guestPhysical);
        tags[i] = guestPhysical >>> 12 | current;
        pages[i] = page;
    }

    /** Forgets the structures whose identity equals this one under {@code mask}; the TLB's contexts with their numbers are not found again. */
    public void invalidate(long mask, long identity) {
        for (int i = 0; i < used; i++) {
            if ((identities[i] & mask) == (identity & mask)) {
                identities[i] = NONE;
            }
        }
    }

    /** Forgets all structures. */
    public void invalidateAll() {
        used = 0;
    }

    /** Forgets everything cached and every number given, as after power-on. The TLB must forget its contexts too. */
    public void reset() {
        used = 0;
        nextNumber = 1;
        Arrays.fill(tags, NONE);
    }
}
