package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/**
 * Translates addresses as a processor's tables say (SDM vol. 3A, chapter 5), for somebody outside: without rights, and without a trace in tables or caches. In
 * guest operation second-level tables are walked, too, for the guest's tables and for what they lead to.
 */
public final class LinearProbe {

    /** Instead of an address: there is none. */
    public static final long NOWHERE = -1;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;
    private static final long LARGE = 1 << 7;
    private static final long PRESENT = 1;
    /** Read, write, execute, and execute of user-mode addresses: an entry of EPT with any of them is present. */
    private static final long EXTENDED_PRESENT = 0x407;

    /** Memory with tables in it. */
    public interface Memory {
        /** 4 or 8 bytes, zero-extended; 0 where there is no memory. */
        long read(long physical, int size);
    }

    /** Hears of each entry that a walk meets. */
    public interface Steps {
        /** A walk that nobody follows. */
        Steps NONE = (extended, level, at, entry) -> { };

        /**
         * An entry.
         *
         * @param second it is of second-level tables
         * @param level 1 for the entry of a 4 KiB page
         * @param at its address, translated by the second level where there is one
         */
        void met(boolean second, int level, long at, long entry);
    }

    private final Cpu c;
    private final Memory memory;
    private final Steps steps;
    private final NestedPaging.Tables second;

    private LinearProbe(Cpu c, Memory memory, Steps steps) {
        this.c = c;
        this.memory = memory;
        this.steps = steps;
        second = c.nested == null ? null : c.nested.tables();
    }

    /** The physical address of a linear one, or {@link #NOWHERE}: in the processor's own memory. */
    public static long translate(Cpu c, long linear) {
        return translate(c, linear, (physical, size) -> direct(c, physical, size), Steps.NONE);
    }

    /**
     * The physical address of a linear one, or {@link #NOWHERE}.
     *
     * @param memory what physical addresses mean
     */
    public static long translate(Cpu c, long linear, Memory memory, Steps steps) {
        var probe = new LinearProbe(c, memory, steps);
        long guest = probe.first(linear);
        return guest == NOWHERE ? NOWHERE : probe.second(guest);
    }

    /** What second-level tables make of an address, or {@link #NOWHERE}. */
    public static long second(NestedPaging.Tables tables, long guestPhysical, Memory memory, Steps steps) {
        long a = guestPhysical;
        int bits = tables.levels() == 2 ? 10 : 9;
        int size = tables.levels() == 2 ? 4 : 8;
        long table = tables.root();
        for (int level = tables.levels(); ; level--) {
            int shift = 12 + bits * (level - 1);
            long at = table + (a >>> shift & (1 << bits) - 1) * size;
            long e = memory.read(at, size);
            steps.met(true, level, at, e);
            if ((e & (tables.extended() ? EXTENDED_PRESENT : PRESENT)) == 0) {
                return NOWHERE;
            }
            if (level == 1 || level <= 3 && level < (size == 4 ? 3 : tables.levels()) && (e & LARGE) != 0) {
                long within = (1L << shift) - 1;
                return size == 4 ? e & 0xFFFFF000L & ~within | (level == 2 ? (e >>> 13 & 0xFF) << 32 : 0) | a & within : e & ADDRESS & ~within | a & within;
            }
            table = e & (size == 4 ? 0xFFFFF000L : ADDRESS);
        }
    }

    private long second(long guestPhysical) {
        return second == null ? guestPhysical : second(second, guestPhysical, memory, steps);
    }

    private long first(long linear) {
        if (!c.cr0(Control.CR0_PG)) {
            return linear & 0xFFFFFFFFL;
        }
        if ((c.efer & Control.EFER_LMA) != 0) {
            return Canonical.address(c, linear) ? wide(linear, c.cr4(Control.CR4_LA57) ? 5 : 4, c.cr3 & ADDRESS) : NOWHERE;
        }
        long a = linear & 0xFFFFFFFFL;
        if (c.cr4(Control.CR4_PAE)) {
            int n = (int) (a >>> 30);
            long pdpte = c.nested != null && c.nested.walksPdptes() ? entry(3, (c.cr3 & 0xFFFFFFE0L) + 8L * n, 8) : c.pdpte[n];
            return (pdpte & PRESENT) == 0 ? NOWHERE : wide(a, 2, pdpte & ADDRESS);
        }
        long pde = entry(2, (c.cr3 & 0xFFFFF000L) + (a >>> 20 & 0xFFC), 4);
        if ((pde & PRESENT) == 0) {
            return NOWHERE;
        }
        if ((pde & LARGE) != 0 && c.cr4(Control.CR4_PSE)) {
            return pde & 0xFFC00000L | (pde >>> 13 & 0xFF) << 32 | a & 0x3FFFFF;
        }
        long pte = entry(1, (pde & 0xFFFFF000L) + (a >>> 10 & 0xFFC), 4);
        return (pte & PRESENT) == 0 ? NOWHERE : pte & 0xFFFFF000L | a & 0xFFF;
    }

    private long wide(long a, int levels, long root) {
        long table = root;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long e = entry(level, table | (a >>> shift & 0x1FF) << 3, 8);
            if ((e & PRESENT) == 0) {
                return NOWHERE;
            }
            if (level == 1 || level <= 3 && (e & LARGE) != 0) {
                long within = (1L << shift) - 1;
                return e & ADDRESS & ~within | a & within;
            }
            table = e & ADDRESS;
        }
    }

    private long entry(int level, long guestPhysical, int size) {
        long at = second(guestPhysical);
        if (at == NOWHERE) {
            return 0;
        }
        long e = memory.read(at, size);
        steps.met(false, level, at, e);
        return e;
    }

    /** Tables are in memory: what is elsewhere is not looked at, since a device would notice. */
    private static long direct(Cpu c, long physical, int size) {
        long page = c.bus.pageAddress(physical);
        if (page == 0) {
            return 0;
        }
        long at = page + (physical & 0xFFF);
        return size == 4 ? Raw.get32(at) & 0xFFFFFFFFL : Raw.get64(at);
    }
}
