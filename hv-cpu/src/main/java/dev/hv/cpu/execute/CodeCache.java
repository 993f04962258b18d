package dev.hv.cpu.execute;

import dev.hv.cpu.state.CodeWatch;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.RestartSignal;
import dev.hv.cpu.translate.MachineCode;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The blocks of one processor: found by physical address, RIP and mode; dropped when their bytes are written. The engine's
 * jump cache sits before it.
 */
final class CodeCache implements CodeWatch {

    private static final int BUCKETS = 1 << 16;
    /** Weight of the blocks that all processors of a machine keep, before one of them drops its own: about 80 MB of heap. */
    static final int CAPACITY = 1_400_000;
    /** Least that a processor may keep. */
    private static final int LEAST = 50_000;
    /** What a block and a page weigh beside the block's operations, which weigh one each. */
    private static final int BLOCK = 4;
    private static final int PAGE = 8;
    /** Compiled blocks that all processors of a machine keep: classes of the JVM, in its memory for them. */
    private static final int COMPILED = 8_000;
    private static final int ALL_LINES = -1;
    /** Foreign writes remembered; of more, all code is dropped. */
    private static final int FOREIGN = 256;

    private final Cpu c;
    private final Block[] table = new Block[BUCKETS];
    private final RestartSignal restart = new RestartSignal();
    private final Consumer<Block> dropping = this::drop;
    private final int capacity;
    private int weight;
    private int compiled;
    /** Pages with code, by physical page number, open addressing. */
    private CodePage[] pages = new CodePage[256];
    private int pageCount;
    /** The block being executed. */
    Block running;
    /** Its machine code and that of all others; null where there is none. */
    MachineCode machine;
    /** No more than one instruction of it is executed. */
    boolean single;
    /** Blocks decoded since power-on. */
    long built;
    /** Blocks dropped because their code was written. */
    long invalidated;
    /** Blocks looked at because bytes near theirs were written. */
    long lookedAt;
    /** Instructions decoded for themselves. */
    long alone;

    /** Writes of other threads that have not been looked at: address and length in turn. Guarded by itself. */
    private final long[] written = new long[2 * FOREIGN];
    private int writtenCount;

    /**
     * An empty cache.
     *
     * @param capacity weight of the blocks to keep, shared by all processors of the machine
     */
    CodeCache(Cpu c, int capacity) {
        this.c = c;
        this.capacity = capacity;
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

    /** Makes room for another block; true when everything was dropped for that. */
    boolean makeRoom() {
        if (weight < Math.max(Math.min(LEAST, capacity), capacity / c.codeShares)) {
            return false;
        }
        clear();
        return true;
    }

    /** Whether another block may be compiled; it is counted then. */
    boolean compiles() {
        if (compiled >= COMPILED / c.codeShares) {
            return false;
        }
        compiled++;
        return true;
    }

    /** Whether the instruction at an address is decoded for itself because no block lasts there. */
    boolean uncached(long physical) {
        CodePage p = page(physical & ~0xFFFL);
        if (p == null || !p.uncached(c.progress())) {
            return false;
        }
        alone++;
        return true;
    }

    int weight() {
        return weight;
    }

    /** In parallel mode, before code of a page is read: has every write to it reported. */
    void prepare(long physical) {
        CodePage p = enter(physical & ~0xFFFL);
        if (p.watched != ALL_LINES) {
            p.watched = ALL_LINES;
            c.bus.watchCode(p.address, ALL_LINES, this);
        }
    }

    private CodePage enter(long address) {
        CodePage p = page(address);
        if (p == null) {
            p = new CodePage(address, c.progress());
            putPage(p);
            weight += PAGE;
        }
        return p;
    }

    void add(Block b) {
        int h = hash(b.physical, b.rip, b.mode);
        b.chain = table[h];
        table[h] = b;
        weight += BLOCK + b.count;
        built++;
        int within = (int) (b.physical & 0xFFF);
        int first = Math.min(b.length(), 0x1000 - within);
        register(b, b.physical & ~0xFFFL, CodePage.lines(within, first));
        if (b.secondPage >= 0) {
            register(b, b.secondPage, CodePage.lines(0, b.length() - first));
        }
    }

    private void register(Block b, long address, int lines) {
        CodePage p = enter(address);
        if (p.blocks == 0) {
            // translations made while there was no code here write directly
            c.tlb.watch(address);
        }
        p.add(b, lines);
        if ((p.watched | lines) != p.watched) {
            p.watched |= lines;
            c.bus.watchCode(address, p.watched, this);
        }
    }

    /** Has no block machine code any more; those that are hot get it again. */
    void forgetMachineCode() {
        machine.reset();
        for (Block head : table) {
            for (Block b = head; b != null; b = b.chain) {
                b.entries = 0;
                machine.forget(b);
            }
        }
    }

    /** Drops everything. */
    void clear() {
        for (Block head : table) {
            for (Block b = head; b != null; b = b.chain) {
                b.valid = false;
            }
        }
        if (machine != null) {
            machine.reset();
        }
        Arrays.fill(table, null);
        for (int i = 0; i < pages.length; i++) {
            if (pages[i] != null && pages[i].watched != 0) {
                c.bus.watchCode(pages[i].address, 0, this);
            }
            pages[i] = null;
        }
        pageCount = 0;
        weight = 0;
        compiled = 0;
    }

    private CodePage page(long address) {
        int mask = pages.length - 1;
        for (int i = pageHash(address) & mask; pages[i] != null; i = i + 1 & mask) {
            if (pages[i].address == address) {
                return pages[i];
            }
        }
        return null;
    }

    private static int pageHash(long page) {
        return (int) ((page >>> 12) * 0x9E3779B1L >>> 8);
    }

    private void putPage(CodePage p) {
        if (++pageCount * 2 > pages.length) {
            CodePage[] old = pages;
            pages = new CodePage[old.length * 2];
            for (CodePage o : old) {
                if (o != null) {
                    insert(o);
                }
            }
        }
        insert(p);
    }

    private void insert(CodePage p) {
        int mask = pages.length - 1;
        int i = pageHash(p.address) & mask;
        while (pages[i] != null) {
            i = i + 1 & mask;
        }
        pages[i] = p;
    }

    @Override
    public boolean watches(long physicalPage) {
        CodePage p = page(physicalPage);
        return p != null && p.blocks > 0;
    }

    @Override
    public void beforeWrite(long physical, int length) {
        drop(physical, length, true);
    }

    @Override
    public void alone() {
        if (running != null && !single) {
            throw restart;
        }
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
        CodePage p = page(physical & ~0xFFFL);
        if (p == null) {
            return;
        }
        int lines = CodePage.lines((int) (physical & 0xFFF), length);
        if ((p.watched & lines) == 0 || p.blocks == 0) {
            return;
        }
        boolean executing = running != null && (running.physical & ~0xFFFL) == p.address;
        long before = invalidated;
        lookedAt += p.take(lines, physical, length, dropping);
        // what is executed without having been dropped goes on to write without being watched: not when that cannot be begun anew
        boolean hopeless = (own || !executing) && p.hopeless((int) (invalidated - before), c.progress());
        if (hopeless) {
            p.take(ALL_LINES, p.address, 0x1000, dropping);
        }
        if (p.blocks == 0) {
            p.watched = 0;
            c.bus.watchCode(p.address, 0, this);
        }
        if (own && running != null && running.count > 1 && (!running.valid || hopeless && executing)) {
            throw restart;
        }
    }

    private void drop(Block b) {
        b.valid = false;
        if (machine != null) {
            machine.drop(b);
        }
        unlink(b);
        invalidated++;
        weight -= BLOCK + b.count;
        compiled -= b.code != null ? 1 : 0;
        b.code = null;
        page(b.physical & ~0xFFFL).blocks--;
        if (b.secondPage >= 0) {
            page(b.secondPage).blocks--;
        }
    }

    @Override
    public void breakpoint(long linear) {
        // an address has the same place in its page through all aliases and segments
        int within = (int) (linear & 0xFFF);
        for (CodePage p : pages) {
            if (p != null && p.blocks > 0) {
                p.take(CodePage.lines(within, 1), p.address + within, 1, dropping);
                if (p.blocks == 0) {
                    p.watched = 0;
                    c.bus.watchCode(p.address, 0, this);
                }
            }
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
                return;
            }
            previous = x;
        }
    }
}
