package dev.hv.cpu.execute;

import dev.hv.cpu.state.CodeWatch;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.RestartSignal;
import java.util.Arrays;

/**
 * The blocks of one processor: found by physical address, RIP and mode; dropped when their bytes are written. The engine's
 * jump cache sits before it.
 */
final class CodeCache implements CodeWatch {

    private static final int BUCKETS = 1 << 16;
    /** Blocks kept before everything is dropped: about 100 MB of heap. */
    private static final int LIMIT = 200_000;
    private static final int ALL_LINES = -1;
    /** Foreign writes remembered; of more, all code is dropped. */
    private static final int FOREIGN = 256;

    private final Cpu c;
    private final Block[] table = new Block[BUCKETS];
    private final RestartSignal restart = new RestartSignal();
    private int blocks;
    /** Pages with code, by physical page number, open addressing; value: the page's blocks. */
    private long[] pageKeys = new long[1024];
    private PageBlocks[] pages = new PageBlocks[1024];
    private int pageCount;
    /** The block being executed. */
    Block running;
    /** Blocks decoded since power-on. */
    long built;
    /** Blocks dropped because their code was written. */
    long invalidated;

    /** Writes of other threads that have not been looked at: address and length in turn. Guarded by itself. */
    private final long[] written = new long[2 * FOREIGN];
    private int writtenCount;

    private static final class PageBlocks {
        Block[] list = new Block[4];
        int size;
        /** Lines of 128 bytes that hold code. */
        int lines;

        void add(Block b) {
            if (size == list.length) {
                list = Arrays.copyOf(list, size * 2);
            }
            list[size++] = b;
        }
    }

    CodeCache(Cpu c) {
        this.c = c;
    }

    private static int hash(long physical, long rip, int mode) {
        long h = (physical ^ rip << 20 ^ mode) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 48);
    }

    Block find(long physical, long rip, int mode) {
        Block b = table[hash(physical, rip, mode)];
        while (b != null && (b.physical != physical || b.rip != rip || b.mode != mode || !b.valid)) {
            b = b.chain;
        }
        return b;
    }

    /** Makes room for another block. */
    void makeRoom() {
        if (blocks >= LIMIT) {
            clear();
        }
    }

    /** In parallel mode, before code of a page is read: has every write to it reported. */
    void prepare(long physical) {
        long page = physical & ~0xFFFL;
        PageBlocks p = enter(page);
        if (p.lines != ALL_LINES) {
            p.lines = ALL_LINES;
            c.bus.watchCode(page, ALL_LINES, this);
        }
    }

    private PageBlocks enter(long page) {
        PageBlocks p = page(page);
        if (p == null) {
            p = new PageBlocks();
            putPage(page, p);
            c.tlb.watch(page);
        }
        return p;
    }

    void add(Block b) {
        int h = hash(b.physical, b.rip, b.mode);
        b.chain = table[h];
        table[h] = b;
        blocks++;
        built++;
        register(b, b.physical, Math.min(b.length(), 0x1000 - (int) (b.physical & 0xFFF)));
        if (b.secondPage >= 0) {
            register(b, b.secondPage, b.length() - (0x1000 - (int) (b.physical & 0xFFF)));
        }
    }

    private void register(Block b, long physical, int bytes) {
        long page = physical & ~0xFFFL;
        PageBlocks p = enter(page);
        p.add(b);
        int lines = 0;
        for (int line = (int) (physical & 0xFFF) >> 7; line <= (int) (physical & 0xFFF) + bytes - 1 >> 7; line++) {
            lines |= 1 << line;
        }
        if ((p.lines | lines) != p.lines) {
            p.lines |= lines;
            c.bus.watchCode(page, p.lines, this);
        }
    }

    /** Drops everything. */
    void clear() {
        for (Block head : table) {
            for (Block b = head; b != null; b = b.chain) {
                b.valid = false;
            }
        }
        Arrays.fill(table, null);
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null) {
                c.bus.watchCode(pageKeys[i], 0, this);
                pages[i] = null;
            }
        }
        pageCount = 0;
        blocks = 0;
    }

    private PageBlocks page(long page) {
        int mask = pages.length - 1;
        for (int i = pageHash(page) & mask; pages[i] != null; i = i + 1 & mask) {
            if (pageKeys[i] == page) {
                return pages[i];
            }
        }
        return null;
    }

    private static int pageHash(long page) {
        return (int) ((page >>> 12) * 0x9E3779B1L >>> 8);
    }

    private void putPage(long page, PageBlocks p) {
        if (++pageCount * 2 > pages.length) {
            long[] oldKeys = pageKeys;
            PageBlocks[] old = pages;
            pageKeys = new long[old.length * 2];
            pages = new PageBlocks[old.length * 2];
            for (int i = 0; i < old.length; i++) {
                if (old[i] != null) {
                    insert(oldKeys[i], old[i]);
                }
            }
        }
        insert(page, p);
    }

    private void insert(long page, PageBlocks p) {
        int mask = pages.length - 1;
        int i = pageHash(page) & mask;
        while (pages[i] != null) {
            i = i + 1 & mask;
        }
        pageKeys[i] = page;
        pages[i] = p;
    }

    @Override
    public boolean watches(long physicalPage) {
        PageBlocks p = page(physicalPage);
        return p != null && p.size > 0;
    }

    @Override
    public void beforeWrite(long physical, int length) {
        drop(physical, length, true);
    }

    @Override
    public void codeWritten(long physical, int length) {
        if (!c.parallel) {
            dropRange(physical, length);
            return;
        }
        synchronized (written) {
            int last = 2 * (writtenCount - 1);
            if (writtenCount > 0 && writtenCount <= FOREIGN && physical >= written[last] && physical <= written[last] + written[last + 1]) {
                // filled from low to high addresses, as memory is
                written[last + 1] = Math.max(written[last + 1], physical + length - written[last]);
            } else {
                if (writtenCount < FOREIGN) {
                    written[2 * writtenCount] = physical;
                    written[2 * writtenCount + 1] = length;
                }
                writtenCount = Math.min(writtenCount + 1, FOREIGN + 1);
            }
        }
        c.request(Cpu.REQUEST_CODE);
    }

    /** Looks at what other threads have written. Between blocks, on the processor's own thread. */
    void drain() {
        long[] ranges;
        boolean all;
        synchronized (written) {
            all = writtenCount > FOREIGN;
            ranges = all ? new long[0] : Arrays.copyOf(written, 2 * writtenCount);
            writtenCount = 0;
        }
        // not under that monitor: this ends watches, and who reports writes holds the watches' monitor
        if (all) {
            clear();
        }
        for (int i = 0; i < ranges.length; i += 2) {
            dropRange(ranges[i], (int) ranges[i + 1]);
        }
    }

    private void dropRange(long physical, int length) {
        long end = physical + length;
        for (long a = physical; a < end; a = (a | 0xFFF) + 1) {
            drop(a, (int) Math.min(end - a, 0x1000 - (a & 0xFFF)), false);
        }
    }

    private void drop(long physical, int length, boolean own) {
        PageBlocks p = page(physical & ~0xFFFL);
        if (p == null) {
            return;
        }
        int first = (int) (physical & 0xFFF) >> 7;
        int last = (int) (physical & 0xFFF) + length - 1 >> 7;
        if ((p.lines >>> first & (2 << last - first) - 1) == 0) {
            return;
        }
        boolean hitRunning = false;
        int kept = 0;
        for (int i = 0; i < p.size; i++) {
            Block b = p.list[i];
            if (b.valid && b.overlaps(physical, length)) {
                b.valid = false;
                unlink(b);
                invalidated++;
                hitRunning |= b == running;
            }
            if (b.valid) {
                p.list[kept++] = b;
            }
        }
        Arrays.fill(p.list, kept, p.size, null);
        p.size = kept;
        if (kept == 0) {
            p.lines = 0;
            c.bus.watchCode(physical & ~0xFFFL, 0, this);
        }
        if (own && hitRunning && running.count > 1) {
            throw restart;
        }
    }

    private void unlink(Block b) {
        int h = hash(b.physical, b.rip, b.mode);
        Block previous = null;
        for (Block x = table[h]; x != null; x = x.chain) {
            if (x == b) {
                if (previous == null) {
                    table[h] = b.chain;
                } else {
                    previous.chain = b.chain;
                }
                blocks--;
                return;
            }
            previous = x;
        }
    }
}
