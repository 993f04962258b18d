package dev.hv.cpu.state;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.Raw;

/** What {@link Mem} does when the TLB does not answer: canonical check, alignment check, page split, walk, watched code, device registers. */
public final class MemSlow {

    /** What {@link #fill} came to. */
    public static final int FILLED = 0;
    public static final int FAULTED = 1;
    public static final int SPECIAL = 2;

    /** More than any operand of an instruction that goes through a segment as a whole. */
    private static final int LONGEST = 128;
    /** Bytes of a vector that are checked for alignment together: longer operands are checked by these. */
    private static final int VECTOR = 16;

    private MemSlow() {}

    static long read(Cpu c, long address, int size, long ctx) {
        long a = wrapped(c, AddressMasking.masked(c, address));
        check(c, a, size, ctx, false);
        int first = (int) (0x1000 - (a & 0xFFF));
        if (first < size) {
            refuse(c, translate(c, a, Mem.READ, ctx), Mem.READ);
            refuse(c, translate(c, next(c, a, first), Mem.READ, ctx), Mem.READ);
            long v = 0;
            for (int i = 0; i < size; i++) {
                long b = i < first ? a + i : next(c, a, i);
                v |= readPage(c, b, 1, ctx) << 8 * i;
            }
            return v;
        }
        return readPage(c, a, size, ctx);
    }

    /** The first eight bytes of an operand; an end beyond all addresses goes before a page that is not there. */
    static long readHead(Cpu c, long address, int whole) {
        long a = AddressMasking.masked(c, address);
        checkAddress(c, a, whole, c.ctx());
        checkVector(c, a);
        return read(c, a, 8, c.ctx());
    }

    /** On AMD's processors operands of 16 bytes and more are checked by 16 bytes; what Intel's make of them is {@code AlignmentChecks}'. */
    private static void checkVector(Cpu c, long a) {
        if (!c.model.intel() && !c.alignmentFree) {
            checkAlignment(c, a, VECTOR);
        }
    }

    /** What can be wrong with the address of an operand of 16 bytes that AMD's processors take from anywhere, before any page is looked at. */
    public static void checkUnaligned(Cpu c, long address) {
        long a = AddressMasking.masked(c, address);
        checkAddress(c, a, VECTOR, c.ctx());
        checkVector(c, a);
    }

    static long modify(Cpu c, long a, int size) {
        probe(c, a, size, Mem.WRITE, c.ctx());
        return read(c, a, size, c.ctx());
    }

    static void write(Cpu c, long address, int size, long v, long ctx) {
        long a = wrapped(c, AddressMasking.masked(c, address));
        check(c, a, size, ctx, true);
        int first = (int) (0x1000 - (a & 0xFFF));
        if (first < size) {
            long p1 = translate(c, a, Mem.WRITE, ctx);
            refuse(c, p1, Mem.WRITE);
            long p2 = translate(c, next(c, a, first), Mem.WRITE, ctx);
            refuse(c, p2, Mem.WRITE);
            beforeWrite(c, p1, first);
            beforeWrite(c, p2, size - first);
            for (int i = 0; i < size; i++) {
                long b = i < first ? a + i : next(c, a, i);
                writePage(c, b, 1, v >>> 8 * i, ctx);
            }
            return;
        }
        writePage(c, a, size, v, ctx);
    }

    static void write128(Cpu c, long a, long low, long high) {
        probe(c, a, 16, Mem.WRITE, c.ctx());
        write(c, a, 8, low, c.ctx());
        write(c, a + 8, 8, high, c.ctx());
    }

    static void probe(Cpu c, long address, int size, int access, long ctx) {
        long a = wrapped(c, AddressMasking.masked(c, address));
        check(c, a, size, ctx, access == Mem.WRITE);
        long p = translate(c, a, access, ctx);
        int first = (int) (0x1000 - (a & 0xFFF));
        virtualized(c, p, size, access);
        if (access == Mem.WRITE) {
            beforeWrite(c, p, Math.min(first, size));
        }
        if (first < size) {
            p = translate(c, next(c, a, first), access, ctx);
            refuse(c, p, access);
            if (access == Mem.WRITE) {
                beforeWrite(c, p, size - first);
            }
        }
    }

    /** Of virtualised registers an access of this size throws its exit before anything else is accessed. */
    private static void virtualized(Cpu c, long p, int size, int access) {
        if (p >= NestedPaging.REGISTERS) {
            c.nested.checkRegister(c, (int) p & 0xFFF, size, access);
        }
    }

    /** An access over two pages is none to a register. */
    private static void refuse(Cpu c, long p, int access) {
        virtualized(c, p, Page.SIZE, access);
    }

    /** Whether an address is in an operand that goes around 4 GiB. */
    private static boolean around(Cpu c, long a) {
        return c.wrapping != -1 && (c.mode & Modes.CODE64) == 0 && a >= c.wrapping && a - c.wrapping < LONGEST;
    }

    /** A later part of an operand that goes around 4 GiB. */
    private static long wrapped(Cpu c, long a) {
        return c.wrapping != -1 && a >>> 32 == 1 && (c.mode & Modes.CODE64) == 0 ? a & 0xFFFFFFFFL : a;
    }

    private static long next(Cpu c, long a, int n) {
        long b = a + n;
        return c.longMode() && !around(c, a) ? b : b & 0xFFFFFFFFL;
    }

    private static void checkAddress(Cpu c, long a, int size, long ctx) {
        if (c.longMode() && (!Canonical.address(c, a) || !Canonical.address(c, a + size - 1))) {
            GuestFault f = c.nonCanonical();
            f.misaligned = Canonical.address(c, a) && (ctx & 3) == Tlb.USER_AC && (a & size - 1) != 0;
            throw f;
        }
        if ((c.mode & (Modes.CODE64 | Modes.FLAT)) == Modes.FLAT && a + size - 1 > 0xFFFFFFFFL && ctx == c.ctx() && !around(c, a)) {
            // beyond the limit of a flat segment, which is not looked at before
            if (!c.model.intel()) {
                throw c.nonCanonical();
            }
            c.wrapping = a;
        }
    }

    private static void check(Cpu c, long a, int size, long ctx, boolean write) {
        checkAddress(c, a, size, ctx);
        if ((ctx & 3) == Tlb.USER_AC && (a & Math.min(size, VECTOR) - 1) != 0 && !c.alignmentFree) {
            throw c.fault(Vector.AC, 0);
        }
        if ((c.dr[7] & 0xFF) != 0) {
            Breakpoints.data(c, a, size, write);
        }
        if (c.debug != null) {
            c.debug.accessed(a, size, write);
        }
    }

    /** Raises #AC where an operand is checked as a whole that is accessed in parts: its address is no multiple of a power of two. */
    public static void checkAlignment(Cpu c, long a, int alignment) {
        if (misaligned(c, a, alignment)) {
            throw c.fault(Vector.AC, 0);
        }
    }

    /** Whether an address is no multiple of a power of two while alignment is checked. */
    public static boolean misaligned(Cpu c, long a, int alignment) {
        return (c.ctx() & 3) == Tlb.USER_AC && (a & alignment - 1) != 0;
    }

    private static long readPage(Cpu c, long a, int size, long ctx) {
        long e = Tlb.entry(c, a);
        if (Raw.get64(e) == (a & Tlb.PAGE_MASK | ctx)) {
            return get(c, a + Raw.get64(e + 16), size);
        }
        long p = translate(c, a, Mem.READ, ctx);
        if (Raw.get64(e) == (a & Tlb.PAGE_MASK | ctx)) {
            return get(c, a + Raw.get64(e + 16), size);
        }
        return readPhysical(c, p, size);
    }

    private static void writePage(Cpu c, long a, int size, long v, long ctx) {
        long e = Tlb.entry(c, a);
        long tag = a & Tlb.PAGE_MASK | ctx;
        if (Raw.get64(e + 8) == tag) {
            put(c, a + Raw.get64(e + 16), size, v);
            return;
        }
        long p;
        if (Raw.get64(e) == tag && (Raw.get64(e + 24) & Tlb.WATCHED) != 0) {
            p = Raw.get64(e + 24) & Tlb.PAGE_MASK | a & 0xFFF;
        } else {
            p = translate(c, a, Mem.WRITE, ctx);
        }
        writePhysical(c, p, size, v);
    }

    private static void beforeWrite(Cpu c, long p, int size) {
        if (c.code != null && c.code.watches(p & Tlb.PAGE_MASK)) {
            c.code.beforeWrite(p, size);
        }
    }

    /** Reads at a system-physical address, not crossing a page. */
    public static long readPhysical(Cpu c, long p, int size) {
        if (p >= NestedPaging.REGISTERS) {
            return c.nested.readRegister(c, (int) p & 0xFFF, size);
        }
        if (apicPage(c, p)) {
            Breakpoints.device(c);
            return c.apic.readMmio((int) p & 0xFFF, size);
        }
        long raw = c.bus.pageAddress(p);
        if (raw != 0) {
            return get(c, raw + (p & 0xFFF), size);
        }
        Breakpoints.device(c);
        return c.bus.read(p, size);
    }

    /** Reads an entry of a paging structure at a system-physical address. */
    static long readEntry(Cpu c, long p, int size) {
        long raw = c.tlb.tableEntry(p);
        return raw != 0 ? get(c, raw, size) : readPhysical(c, p, size);
    }

    /** Raw address of the memory of a page, 0 where there are registers or nothing. */
    static long memoryPage(Cpu c, long p) {
        return apicPage(c, p) ? 0 : c.bus.pageAddress(p);
    }

    /** Writes at a system-physical address, not crossing a page; cached code there is dropped. */
    public static void writePhysical(Cpu c, long p, int size, long v) {
        if (p >= NestedPaging.REGISTERS) {
            c.nested.writeRegister(c, (int) p & 0xFFF, size, v);
            return;
        }
        if (apicPage(c, p)) {
            Breakpoints.device(c);
            c.apic.writeMmio((int) p & 0xFFF, size, v);
            return;
        }
        beforeWrite(c, p, size);
        long raw = c.bus.pageAddress(p);
        if (raw == 0) {
            Breakpoints.device(c);
            c.bus.write(p, size, v);
        } else if ((c.bus.pageRights(p) & PhysicalBus.WRITE) != 0) {
            put(c, raw + (p & 0xFFF), size, v);
            c.bus.codeWritten(p, size, c.code);
        }
    }

    /** Replaces what the caller read at a system-physical address, not crossing an aligned doubleword; false when it has changed. */
    public static boolean replacePhysical(Cpu c, long p, int size, long expected, long v) {
        if (!directlyWritable(c, p)) {
            if (p < NestedPaging.REGISTERS && !apicPage(c, p) && c.bus.pageAddress(p) == 0) {
                return c.bus.replace(p, size, expected, v);
            }
            writePhysical(c, p, size, v);
            return true;
        }
        beforeWrite(c, p, size);
        if (!Raw.compareAndSet(c.bus.pageAddress(p) + (p & 0xFFF), size, expected, v)) {
            return false;
        }
        c.bus.codeWritten(p, size, c.code);
        return true;
    }

    /** Whether a system-physical address is in memory that is written directly. */
    static boolean directlyWritable(Cpu c, long p) {
        return p < NestedPaging.REGISTERS && !apicPage(c, p) && c.bus.pageAddress(p) != 0 && (c.bus.pageRights(p) & PhysicalBus.WRITE) != 0;
    }

    /** As {@link #replacePhysical} with sixteen aligned bytes of memory that is written directly. */
    static boolean replacePhysical128(Cpu c, long p, long low, long high, long newLow, long newHigh) {
        beforeWrite(c, p, 16);
        if (!Raw.compareAndSet128(c.bus.pageAddress(p) + (p & 0xFFF), low, high, newLow, newHigh)) {
            return false;
        }
        c.bus.codeWritten(p, 16, c.code);
        return true;
    }

    /** Whether registers of an APIC are at a system-physical address, virtualised ones among them. */
    static boolean registers(Cpu c, long p) {
        return p >= NestedPaging.REGISTERS || apicPage(c, p);
    }

    private static boolean apicPage(Cpu c, long p) {
        return c.apic != null && c.apic.mmioEnabled() && (p & Tlb.PAGE_MASK) == (c.apic.apicBase() & 0xFFFFFF000L);
    }

    /**
     * Physical address of a linear one for an access of this kind; enters it in the TLB.
     *
     * @throws GuestFault #PF
     */
    static long translate(Cpu c, long a, int access, long ctx) {
        long e = Tlb.entry(c, a);
        long tag = a & Tlb.PAGE_MASK | ctx;
        if (Raw.get64(e) == tag && (access == Mem.READ || Raw.get64(e + 8) == tag || (Raw.get64(e + 24) & Tlb.WATCHED) != 0)) {
            return Raw.get64(e + 24) & Tlb.PAGE_MASK | a & 0xFFF;
        }
        if (Raw.get64(e) != tag && c.tlb.recall(a, tag, access == Mem.WRITE)) {
            return Raw.get64(e + 24) & Tlb.PAGE_MASK | a & 0xFFF;
        }
        c.tlb.walkedUncached = false;
        long p = PageWalker.walk(c, a, access, (int) ctx & 3);
        enter(c, a, p, ctx);
        return p;
    }

    private static void enter(Cpu c, long a, long p, long ctx) {
        boolean writable = c.tlb.walkedWritable;
        long page = p & Tlb.PAGE_MASK;
        long raw = c.tlb.walkedUncached || apicPage(c, p) || Breakpoints.covers(c, a) || c.debug != null && c.debug.covers(a) ? 0 : c.bus.pageAddress(page);
        if (raw != 0) {
            writable &= (c.bus.pageRights(page) & PhysicalBus.WRITE) != 0;
        }
        c.tlb.fill(a, ctx, page, raw, writable, c.code != null && c.code.watches(page) || c.bus.codeWatched(page));
    }

    /**
     * Has the TLB answer for an access that it did not answer for, the first of its instruction.
     *
     * @return {@link #FILLED}: it does now; {@link #FAULTED}: the access is a page fault, {@link Cpu#lastFault}; {@link #SPECIAL}: neither,
     *     the access must be made here
     * @throws VmExitSignal from second-level paging
     */
    public static int fill(Cpu c, long a, int size, boolean write) {
        long ctx = c.ctx();
        long end = a + size - 1;
        if (((a ^ end) & Tlb.PAGE_MASK) != 0 || !Canonical.address(c, a) || AddressMasking.masked(c, a) != a || (ctx & 3) == Tlb.USER_AC || (c.dr[7] & 0xFF) != 0) {
            return SPECIAL;
        }
        long e = Tlb.entry(c, a);
        long tag = a & Tlb.PAGE_MASK | ctx;
        if (Raw.get64(e) == tag && (!write || (Raw.get64(e + 24) & Tlb.WATCHED) != 0)) {
            return SPECIAL;
        }
        if (Raw.get64(e) != tag && c.tlb.recall(a, tag, write)) {
            return Raw.get64(write ? e + 8 : e) == tag ? FILLED : SPECIAL;
        }
        c.tlb.walkedUncached = false;
        long p = PageWalker.find(c, a, write ? Mem.WRITE : Mem.READ, (int) ctx & 3);
        if (p == PageWalker.FAULT) {
            return FAULTED;
        }
        enter(c, a, p, ctx);
        return Raw.get64(write ? e + 8 : e) == tag ? FILLED : SPECIAL;
    }

    /**
     * Physical address of an instruction fetch.
     *
     * @throws GuestFault #PF, or #GP for an address that is not canonical
     */
    public static long translateFetch(Cpu c, long a) {
        if (c.longMode() && !Canonical.address(c, a)) {
            throw c.gp();
        }
        long page = c.tlb.fetchPage(a);
        if (page < 0) {
            page = PageWalker.walk(c, a, Mem.FETCH, (int) c.ctx() & 3) & Tlb.PAGE_MASK;
            c.tlb.noteSize(a);
        }
        c.tlb.noteFetch(a, page);
        return page | a & 0xFFF;
    }

    private static long get(Cpu c, long raw, int size) {
        long v = get(raw, size);
        if (c.parallel) {
            Raw.loadFence();
        }
        return v;
    }

    private static void put(Cpu c, long raw, int size, long v) {
        if (c.parallel) {
            Raw.storeFence();
        }
        put(raw, size, v);
    }

    private static long get(long raw, int size) {
        return switch (size) {
            case 1 -> Raw.get8(raw) & 0xFFL;
            case 2 -> Raw.get16(raw) & 0xFFFFL;
            case 4 -> Raw.get32(raw) & 0xFFFFFFFFL;
            case 8 -> Raw.get64(raw);
            default -> {
                long v = 0;
                for (int i = 0; i < size; i++) {
                    v |= (Raw.get8(raw + i) & 0xFFL) << 8 * i;
                }
                yield v;
            }
        };
    }

    static void put(long raw, int size, long v) {
        switch (size) {
            case 1 -> Raw.put8(raw, (byte) v);
            case 2 -> Raw.put16(raw, (short) v);
            case 4 -> Raw.put32(raw, (int) v);
            case 8 -> Raw.put64(raw, v);
            default -> {
                for (int i = 0; i < size; i++) {
                    Raw.put8(raw + i, (byte) (v >>> 8 * i));
                }
            }
        }
    }
}
