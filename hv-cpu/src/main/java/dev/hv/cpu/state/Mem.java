package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/**
 * Reads and writes at linear addresses with the processor's current privilege: the fast paths, small enough to be inlined
 * everywhere. A page-crossing access never matches (the tag compared is that of its last byte, at the entry of its first).
 * Values are zero-extended. Misses go to {@link MemSlow}.
 */
public final class Mem {

    /** Kinds of access. */
    public static final int READ = 0;
    public static final int WRITE = 1;
    public static final int FETCH = 2;

    private Mem() {}

    /**
     * After a load: in parallel mode nothing later goes before it. x86 processors keep this order by themselves; this keeps the JVM's
     * compilers, and processors of other kinds, to it.
     */
    private static void order(Cpu c) {
        if (c.parallel) {
            Raw.loadFence();
        }
    }

    /** Before a store: in parallel mode nothing earlier goes behind it. */
    private static void orderStore(Cpu c) {
        if (c.parallel) {
            Raw.storeFence();
        }
    }

    /** Reads a byte. */
    public static long read8(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e) == (a & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get8(a + Raw.get64(e + 16)) & 0xFFL;
            order(c);
            return v;
        }
        return MemSlow.read(c, a, 1, c.ctx());
    }

    /** Reads two bytes. */
    public static long read16(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e) == (a + 1 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get16(a + Raw.get64(e + 16)) & 0xFFFFL;
            order(c);
            return v;
        }
        return MemSlow.read(c, a, 2, c.ctx());
    }

    /** Reads four bytes. */
    public static long read32(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e) == (a + 3 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get32(a + Raw.get64(e + 16)) & 0xFFFFFFFFL;
            order(c);
            return v;
        }
        return MemSlow.read(c, a, 4, c.ctx());
    }

    /** Reads eight bytes. */
    public static long read64(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e) == (a + 7 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get64(a + Raw.get64(e + 16));
            order(c);
            return v;
        }
        return MemSlow.read(c, a, 8, c.ctx());
    }

    /** Reads the first eight bytes of an operand of {@code whole} bytes, all of which must be at addresses that can be. */
    public static long readHead(Cpu c, long a, int whole) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e) == (a + 7 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get64(a + Raw.get64(e + 16));
            order(c);
            return v;
        }
        return MemSlow.readHead(c, a, whole);
    }

    /** Writes a byte. */
    public static void write8(Cpu c, long a, long v) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a & Tlb.PAGE_MASK | c.ctx())) {
            orderStore(c);
            Raw.put8(a + Raw.get64(e + 16), (byte) v);
        } else {
            MemSlow.write(c, a, 1, v, c.ctx());
        }
    }

    /** Writes two bytes. */
    public static void write16(Cpu c, long a, long v) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 1 & Tlb.PAGE_MASK | c.ctx())) {
            orderStore(c);
            Raw.put16(a + Raw.get64(e + 16), (short) v);
        } else {
            MemSlow.write(c, a, 2, v, c.ctx());
        }
    }

    /** Writes four bytes. */
    public static void write32(Cpu c, long a, long v) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 3 & Tlb.PAGE_MASK | c.ctx())) {
            orderStore(c);
            Raw.put32(a + Raw.get64(e + 16), (int) v);
        } else {
            MemSlow.write(c, a, 4, v, c.ctx());
        }
    }

    /** Writes eight bytes. */
    public static void write64(Cpu c, long a, long v) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 7 & Tlb.PAGE_MASK | c.ctx())) {
            orderStore(c);
            Raw.put64(a + Raw.get64(e + 16), v);
        } else {
            MemSlow.write(c, a, 8, v, c.ctx());
        }
    }

    /** Writes sixteen bytes, low half first; a fault leaves all of them unwritten. */
    public static void write128(Cpu c, long a, long low, long high) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 15 & Tlb.PAGE_MASK | c.ctx())) {
            long raw = a + Raw.get64(e + 16);
            orderStore(c);
            Raw.put64(raw, low);
            orderStore(c);
            Raw.put64(raw + 8, high);
        } else {
            MemSlow.write128(c, a, low, high);
        }
    }

    /** Reads a byte that will be written back: faults as a write would. */
    public static long modify8(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get8(a + Raw.get64(e + 16)) & 0xFFL;
            order(c);
            return v;
        }
        return MemSlow.modify(c, a, 1);
    }

    /** Reads two bytes that will be written back. */
    public static long modify16(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 1 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get16(a + Raw.get64(e + 16)) & 0xFFFFL;
            order(c);
            return v;
        }
        return MemSlow.modify(c, a, 2);
    }

    /** Reads four bytes that will be written back. */
    public static long modify32(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 3 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get32(a + Raw.get64(e + 16)) & 0xFFFFFFFFL;
            order(c);
            return v;
        }
        return MemSlow.modify(c, a, 4);
    }

    /** Reads eight bytes that will be written back. */
    public static long modify64(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (Raw.get64(e + 8) == (a + 7 & Tlb.PAGE_MASK | c.ctx())) {
            long v = Raw.get64(a + Raw.get64(e + 16));
            order(c);
            return v;
        }
        return MemSlow.modify(c, a, 8);
    }

    /** Reads 1, 2, 4 or 8 bytes. */
    public static long read(Cpu c, long a, int size) {
        return switch (size) {
            case 1 -> read8(c, a);
            case 2 -> read16(c, a);
            case 4 -> read32(c, a);
            default -> read64(c, a);
        };
    }

    /** Reads 1, 2, 4 or 8 bytes that will be written back. */
    public static long modify(Cpu c, long a, int size) {
        return switch (size) {
            case 1 -> modify8(c, a);
            case 2 -> modify16(c, a);
            case 4 -> modify32(c, a);
            default -> modify64(c, a);
        };
    }

    /** Writes 1, 2, 4 or 8 bytes. */
    public static void write(Cpu c, long a, int size, long v) {
        switch (size) {
            case 1 -> write8(c, a, v);
            case 2 -> write16(c, a, v);
            case 4 -> write32(c, a, v);
            default -> write64(c, a, v);
        }
    }

    /** Reads 1 to 8 bytes of a system structure: supervisor rights whatever the privilege level, RFLAGS.AC ignored. */
    public static long readSystem(Cpu c, long a, int size) {
        return readIn(c, c.systemCtx, a, size);
    }

    /** Writes 1 to 8 bytes of a system structure. */
    public static void writeSystem(Cpu c, long a, int size, long v) {
        writeIn(c, c.systemCtx, a, size, v);
    }

    /**
     * Context for the stack of another privilege level, as event delivery and far transfers use it. RFLAGS.AC counts only
     * where the level stays the same.
     */
    public static long contextFor(Cpu c, int cpl) {
        return cpl == c.cpl ? c.ctx() : cpl == 3 ? c.systemCtx | Tlb.USER : c.systemCtx;
    }

    /** Reads 1 to 8 bytes in a context from {@link #contextFor}. */
    public static long readIn(Cpu c, long ctx, long a, int size) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (size == 8 && Raw.get64(e) == (a + 7 & Tlb.PAGE_MASK | ctx)) {
            long v = Raw.get64(a + Raw.get64(e + 16));
            order(c);
            return v;
        }
        return MemSlow.read(c, a, size, ctx);
    }

    /** Writes 1 to 8 bytes in a context from {@link #contextFor}. */
    public static void writeIn(Cpu c, long ctx, long a, int size, long v) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        if (size == 8 && Raw.get64(e + 8) == (a + 7 & Tlb.PAGE_MASK | ctx)) {
            orderStore(c);
            Raw.put64(a + Raw.get64(e + 16), v);
            return;
        }
        MemSlow.write(c, a, size, v, ctx);
    }

    /** Checks that {@code size} bytes, at most a page, can be written in a context from {@link #contextFor}. */
    public static void probeWriteIn(Cpu c, long ctx, long a, int size) {
        MemSlow.probe(c, a, size, WRITE, ctx);
    }

    /** Checks that {@code size} bytes can be written, as an access that writes them would fault; changes nothing in memory. */
    public static void probeWrite(Cpu c, long a, int size) {
        MemSlow.probe(c, a, size, WRITE, c.ctx());
    }

    /** Checks that {@code size} bytes can be read. */
    public static void probeRead(Cpu c, long a, int size) {
        MemSlow.probe(c, a, size, READ, c.ctx());
    }

    /** As {@link #probeWrite}, with supervisor rights. */
    public static void probeWriteSystem(Cpu c, long a, int size) {
        MemSlow.probe(c, a, size, WRITE, c.systemCtx);
    }

    /**
     * Raw address of the byte at {@code a} when the bytes from there to the end of the page can be read directly, else 0.
     * For string instructions: at most the rest of the page may be used, and only until the next access of another kind.
     */
    public static long rawRead(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        return Raw.get64(e) == (a & Tlb.PAGE_MASK | c.ctx()) ? a + Raw.get64(e + 16) : 0;
    }

    /** As {@link #rawRead} for writing. */
    public static long rawWrite(Cpu c, long a) {
        long e = c.tlbBase + (a >>> 7 & Tlb.INDEX_MASK);
        return Raw.get64(e + 8) == (a & Tlb.PAGE_MASK | c.ctx()) ? a + Raw.get64(e + 16) : 0;
    }
}
