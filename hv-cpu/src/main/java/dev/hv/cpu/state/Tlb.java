package dev.hv.cpu.state;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.Raw;
import java.util.Arrays;

/**
 * The translation cache: off-heap, two entries for each place, 32 bytes an entry: read tag, write tag, addend (raw minus linear address),
 * physical page with flags in its low bits. A tag is the linear page with the context in its low 12 bits, so one comparison
 * decides about page, address space and privilege, and a switch of address space changes a number instead of flushing.
 * Accesses look at the first way alone; an entry that is found in the second changes places with the first, which machine code does itself.
 *
 * <p>A context is one (EPT root, VPID, PCID) combination; its number is 10 bits, and the two lowest tag bits tell the access
 * mode. Flushing a context gives it a new number. When numbers run out, everything is flushed.
 */
public final class Tlb {

    /** Access modes, the low two bits of a tag. */
    public static final int SUPERVISOR = 0;
    public static final int USER = 1;
    /** Supervisor with RFLAGS.AC: may touch user pages under SMAP. */
    public static final int SUPERVISOR_AC = 2;
    /** User with alignment checking: never cached, so that every access takes the slow path. */
    public static final int USER_AC = 3;

    static final int ENTRIES = 4096;
    static final int ENTRY = 32;
    /** Bytes of one way. */
    static final int WAY = ENTRIES * ENTRY;
    /** Bits of a linear address, shifted right by 7, that select an entry. */
    public static final long INDEX_MASK = (long) (ENTRIES - 1) * ENTRY;
    static final long PAGE_MASK = ~0xFFFL;
    /** Flag in the physical word: writable, but decoded code is watched in the page. */
    static final long WATCHED = 1;
    /** Bits of the physical word that tell the protection key, where keys are in force ({@link #KEYED}). */
    static final int KEY_SHIFT = 1;
    static final int KEYED = 1 << 5;
    /** With {@link #KEYED}: a user page, whose key counts in PKRU. */
    static final int KEYED_USER = 1 << 6;

    private static final long LARGE = 2 << 20;
    private static final int TABLES = 256;
    private static final int CONTEXTS = 1024;
    /** Key of a context that nobody has: its number is not used again before everything is flushed. */
    static final long GONE = -1;

    private final Cpu c;
    private final long[] keys = new long[CONTEXTS];
    private int used;
    /** Contexts before this one are gone: flushes do not go through them again and again. */
    private int firstLive;
    private int current;
    /** The context before: VM entries and exits go to and fro between two. */
    private int previous;
    private long epoch = 1;
    /** Pages that code was fetched from since the last epoch, by a hash: says whether INVLPG concerns cached blocks. */
    private final long[] fetched = new long[1024];
    /** {@link #fetched} is not empty. */
    private boolean anyFetched;
    private final FetchTlb fetches = new FetchTlb(keys);
    private final VictimTlb victims = new VictimTlb();
    /** Raw addresses of pages that paging structures were read from, by physical page: memory, and no registers of an APIC. */
    private final long[] tables = new long[TABLES];
    private final long[] tableAddresses = new long[TABLES];
    private long currentKey;
    /** Set by {@link PageWalker}: the page just walked may be written without another walk (dirty already, rights given). */
    boolean walkedWritable;
    /** Set by {@link NestedPaging}: accesses to the page just walked are special one by one and must not be cached. */
    public boolean walkedUncached;
    /** Set by {@link PageWalker}: {@link #KEYED}, {@link #KEYED_USER} and the protection key of the page just walked, 0 where keys are not in force. */
    int walkedKey;
    /** Protection keys that entries may have: of user pages from bit 0 on, of supervisor pages from bit 16 on. */
    private int keysCached;
    /** Set by {@link PageWalker}: log2 of the size of the page just walked. */
    int walkedShift;
    /** 2 MiB regions, by a hash, of which pieces of large pages may be cached: INVLPG must drop the whole page. */
    private final long[] largeRegions = new long[64];
    /** 1 GiB regions, by a hash, of which pieces of 1 GiB pages may be cached. */
    private long hugeRegions;

    Tlb(Cpu c) {
        this.c = c;
        flushAll();
    }

    /** Key of an address space. {@code root} numbers the second-level paging structure, 0 for none. */
    public static long key(int root, int vpid, int pcid) {
        return (long) root << 28 | (long) vpid << 12 | pcid;
    }

    /** Makes the address space with this key current, with what the TLB still holds of it. */
    public void select(long key) {
        currentKey = key;
        if (keys[current] != key) {
            int left = current;
            current = keys[previous] == key ? previous : find(key);
            previous = left;
        }
        Modes.update(c);
    }

    private int find(long key) {
        for (int i = firstLive; i < used; i++) {
            if (keys[i] == key) {
                return i;
            }
        }
        return fresh(key);
    }

    /** The key made current last. */
    public long currentKey() {
        return currentKey;
    }

    /** Drops what is cached of one address space. */
    public void flush(long key) {
        flushMatching(-1L, key);
    }

    /** Drops every address space whose key equals {@code key} under {@code mask}. */
    public void flushMatching(long mask, long key) {
        boolean hit = false;
        for (int i = firstLive; i < used; i++) {
            if ((keys[i] & mask) == (key & mask)) {
                keys[i] = GONE;
                hit |= i == current;
            }
        }
        while (firstLive < used && keys[firstLive] == GONE) {
            firstLive++;
        }
        if (hit) {
            current = fresh(currentKey);
            Modes.update(c);
        }
    }

    /** Drops what is cached of the current address space (global pages too: allowed, and simpler). */
    public void flushCurrent() {
        flush(currentKey);
    }

    /** Drops everything. */
    public void flushAll() {
        Raw.fill(c.tlbBase, 2 * WAY, 0xFF);
        Arrays.fill(keys, GONE);
        fetches.clear();
        victims.clear();
        Arrays.fill(tables, -1);
        Arrays.fill(largeRegions, 0);
        hugeRegions = 0;
        keysCached = 0;
        used = 0;
        firstLive = 0;
        newEpoch();
        current = fresh(currentKey);
        selectMode();
        c.fetchKey(fetchKey(c.ctx(), c.mode));
    }

    /** INVLPG: drops one page, of all address spaces. */
    public void flushPage(long linear) {
        if ((hugeRegions >>> (linear >>> 30) & 1) != 0) {
            flushAll();
            return;
        }
        int region = region(linear);
        if ((largeRegions[region >> 6] >>> region & 1) != 0) {
            flushRegion(linear & -LARGE);
            flushRegion(linear & -LARGE ^ LARGE);
            return;
        }
        long e = entry(c, linear);
        empty(e);
        empty(e + WAY);
        victims.forget(place(linear), 1);
        fetches.drop(linear & PAGE_MASK, firstLive, used);
        int h = hash(linear);
        if ((fetched[h >> 6] >>> h & 1) != 0) {
            newEpoch();
            c.fetchKey(fetchKey(c.ctx(), c.mode));
        }
    }

    /** Drops every page of a 2 MiB region; two of them make a 4 MiB page of 32-bit paging. */
    private void flushRegion(long linear) {
        long first = entry(c, linear);
        Raw.fill(first, LARGE / Page.SIZE * ENTRY, 0xFF);
        Raw.fill(first + WAY, LARGE / Page.SIZE * ENTRY, 0xFF);
        victims.forget(place(linear), (int) (LARGE / Page.SIZE));
        fetches.clear();
        newEpoch();
        c.fetchKey(fetchKey(c.ctx(), c.mode));
    }

    private static int region(long linear) {
        long r = linear >>> 21;
        return (int) (r ^ r >>> 12) & 0xFFF;
    }

    /** Remembers that the page just walked, if it is a large one, has a piece cached. */
    void noteSize(long linear) {
        if (walkedShift > 12) {
            int region = region(linear);
            largeRegions[region >> 6] |= 1L << region;
            if (walkedShift == 22) {
                region = region(linear ^ LARGE);
                largeRegions[region >> 6] |= 1L << region;
            }
            if (walkedShift > 22) {
                hugeRegions |= 1L << (linear >>> 30);
            }
        }
    }

    private int fresh(long key) {
        if (used == CONTEXTS) {
            // flushAll ends in a fresh context for currentKey; the caller's key is that one or replaces it
            currentKey = key;
            flushAll();
            return current;
        }
        keys[used] = key;
        return used++;
    }

    private void newEpoch() {
        epoch++;
        if (anyFetched) {
            Arrays.fill(fetched, 0);
            anyFetched = false;
        }
    }

    private static int hash(long linear) {
        long p = linear >>> 12;
        return (int) (p ^ p >>> 16) & 0xFFFF;
    }

    /** Sets the processor's tag bits from the current context, privilege level and RFLAGS.AC. */
    void selectMode() {
        int m;
        if (c.cpl == 3) {
            m = (c.rflagsOther() & Rflags.AC) != 0 && (c.cr0 & Control.CR0_AM) != 0 ? USER_AC : USER;
        } else {
            m = (c.rflagsOther() & Rflags.AC) != 0 ? SUPERVISOR_AC : SUPERVISOR;
        }
        Raw.put8(c.area + StateLayout.CPL, (byte) c.cpl);
        c.systemCtx = (long) current << 2;
        c.ctx(c.systemCtx | m);
    }

    long fetchKey(long ctx, int mode) {
        return epoch << 32 | (ctx & ~SUPERVISOR_AC) << 16 | mode;
    }

    /** Makes every cached block entry look its code up again (CS base changes outside 64-bit mode). */
    public void forgetFetches() {
        newEpoch();
        c.fetchKey(fetchKey(c.ctx(), c.mode));
    }

    /** Remembers that blocks of this page are entered by linear address. */
    void noteFetch(long linear, long physicalPage) {
        int h = hash(linear);
        fetched[h >> 6] |= 1L << h;
        anyFetched = true;
        if (!fetches.put(fetchTag(linear), physicalPage)) {
            newEpoch();
            fetched[h >> 6] |= 1L << h;
            anyFetched = true;
            c.fetchKey(fetchKey(c.ctx(), c.mode));
        }
    }

    /** Physical page of a fetch, or -1 when it must be walked. */
    long fetchPage(long linear) {
        return fetches.find(fetchTag(linear));
    }

    /** RFLAGS.AC makes no difference to fetches, nor to the keys that blocks are found by. */
    private long fetchTag(long linear) {
        return linear & PAGE_MASK | c.ctx() & ~SUPERVISOR_AC;
    }

    /** Raw address of an entry of a paging structure at a system-physical address; 0 when it is not in memory. */
    long tableEntry(long physical) {
        int i = (int) (physical >>> 12) & TABLES - 1;
        if (tables[i] == (physical & PAGE_MASK)) {
            return tableAddresses[i] + (physical & 0xFFF);
        }
        long raw = MemSlow.memoryPage(c, physical);
        if (raw == 0) {
            return 0;
        }
        tables[i] = physical & PAGE_MASK;
        tableAddresses[i] = raw;
        return raw + (physical & 0xFFF);
    }

    static long entry(Cpu c, long linear) {
        return c.tlbBase + (linear >>> 7 & INDEX_MASK);
    }

    private static int place(long linear) {
        return (int) (linear >>> 12) & ENTRIES - 1;
    }

    /**
     * Enters what was entered before under a tag and had to make room since.
     *
     * @param write the access is a write
     * @return false when nothing of it is left that allows the access
     */
    boolean recall(long linear, long tag, boolean write) {
        long e = entry(c, linear);
        if (Raw.get64(e + WAY) == tag) {
            return secondFirst(e, tag, write);
        }
        int i = victims.find(place(linear), tag);
        if (i < 0) {
            return false;
        }
        long word = victims.word(i);
        boolean writable = victims.writable(i);
        long addend = victims.addend(i);
        victims.remove(i);
        if (write && !writable) {
            // the walk to come enters it anew
            return false;
        }
        makeRoom(e, i);
        enter(e, tag, addend, word, writable);
        return true;
    }

    /** Exchanges the entries of a place, of which the second has this tag. */
    private boolean secondFirst(long e, long tag, boolean write) {
        long word = Raw.get64(e + WAY + 24);
        boolean writable = Raw.get64(e + WAY + 8) == tag || (word & WATCHED) != 0;
        long addend = Raw.get64(e + WAY + 16);
        if (write && !writable) {
            empty(e + WAY);
            return false;
        }
        Raw.copy(e, e + WAY, ENTRY);
        enter(e, tag, addend, word & ~WATCHED, writable);
        return true;
    }

    private void enter(long e, long tag, long addend, long word, boolean writable) {
        long page = word & PAGE_MASK;
        boolean watched = writable && (c.code != null && c.code.watches(page) || c.bus.codeWatched(page));
        Raw.put64(e, tag);
        Raw.put64(e + 8, writable && !watched ? tag : -1);
        Raw.put64(e + 16, addend);
        Raw.put64(e + 24, word | (watched ? WATCHED : 0));
    }

    private static void empty(long e) {
        Raw.put64(e, -1);
        Raw.put64(e + 8, -1);
    }

    /** Whether anybody can still use an entry. */
    private boolean usable(long e) {
        long tag = Raw.get64(e);
        return tag != -1 && keys[(int) (tag & ~PAGE_MASK) >>> 2] != GONE;
    }

    /**
     * Keeps the entry at a place in the second way, and what stood there among the victims, before another replaces it.
     *
     * @param instead where the victim goes, which is free; -1 for the oldest's place
     */
    private void makeRoom(long e, int instead) {
        if (!usable(e)) {
            return;
        }
        long second = e + WAY;
        if (usable(second)) {
            long tag = Raw.get64(second);
            long word = Raw.get64(second + 24);
            boolean writable = Raw.get64(second + 8) == tag || (word & WATCHED) != 0;
            if (instead >= 0) {
                victims.replace(instead, tag, Raw.get64(second + 16), word, writable);
            } else {
                victims.put((int) ((e - c.tlbBase) / ENTRY), tag, Raw.get64(second + 16), word, writable);
            }
        }
        Raw.copy(e, second, ENTRY);
    }

    /**
     * Enters a translation.
     *
     * @param raw raw address of the page, 0 when accesses must take the slow path
     */
    void fill(long linear, long ctx, long physicalPage, long raw, boolean writable, boolean watched) {
        long e = entry(c, linear);
        long tag = linear & PAGE_MASK | ctx;
        if (Raw.get64(e + WAY) == tag) {
            empty(e + WAY);
        }
        if (Raw.get64(e) != tag) {
            makeRoom(e, -1);
        }
        if (raw == 0 || (ctx & 3) == USER_AC) {
            empty(e);
            return;
        }
        noteSize(linear);
        if (walkedKey != 0) {
            keysCached |= 1 << (walkedKey >>> KEY_SHIFT & 15) + ((walkedKey & KEYED_USER) != 0 ? 0 : 16);
        }
        Raw.put64(e, tag);
        Raw.put64(e + 8, writable && !watched ? tag : -1);
        Raw.put64(e + 16, raw - (linear & PAGE_MASK));
        Raw.put64(e + 24, physicalPage | walkedKey | (writable && watched ? WATCHED : 0));
    }

    /** Code of this physical page has just been decoded: writes to it must take the slow path from now on. */
    public void watch(long physicalPage) {
        long end = c.tlbBase + 2 * WAY;
        for (long e = c.tlbBase; e < end; e += ENTRY) {
            if ((Raw.get64(e + 24) & PAGE_MASK) == physicalPage && Raw.get64(e + 8) != -1) {
                Raw.put64(e + 8, -1);
                Raw.put64(e + 24, Raw.get64(e + 24) | WATCHED);
            }
        }
    }

    /**
     * Protection keys allow less than they did: drops the entries of pages with them, in all contexts.
     *
     * @param keys by bit, of user pages from bit 0 on, of supervisor pages from bit 16 on
     */
    void dropKeys(int keys) {
        if ((keysCached & keys) == 0) {
            return;
        }
        keysCached &= ~keys;
        long end = c.tlbBase + 2 * WAY;
        for (long e = c.tlbBase; e < end; e += ENTRY) {
            int flags = (int) Raw.get64(e + 24);
            if ((flags & KEYED) != 0 && (keys >>> (flags >>> KEY_SHIFT & 15) + ((flags & KEYED_USER) != 0 ? 0 : 16) & 1) != 0) {
                empty(e);
            }
        }
        victims.clear();
    }
}
