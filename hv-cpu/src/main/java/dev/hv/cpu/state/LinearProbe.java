package dev.hv.cpu.state;

import dev.hv.cpu.memory.Raw;

/** Translates linear addresses as a processor's tables say (SDM vol. 3A, chapter 5), for somebody outside: without rights, and without a trace in tables or caches. */
public final class LinearProbe {

    /** Instead of an address: there is none. */
    public static final long NOWHERE = -1;
    private static final long ADDRESS = 0x000FFFFFFFFFF000L;
    private static final long LARGE = 1 << 7;

    private LinearProbe() {}

    /** The physical address of a linear one, or {@link #NOWHERE}. The processor is not in guest operation. */
    public static long translate(Cpu c, long linear) {
        if (!c.cr0(Control.CR0_PG)) {
            return linear & 0xFFFFFFFFL;
        }
        if ((c.efer & Control.EFER_LMA) != 0) {
            return Canonical.address(c, linear) ? wide(c, linear, c.cr4(Control.CR4_LA57) ? 5 : 4, c.cr3 & ADDRESS) : NOWHERE;
        }
        long a = linear & 0xFFFFFFFFL;
        if (c.cr4(Control.CR4_PAE)) {
            long pdpte = c.pdpte[(int) (a >>> 30)];
            return (pdpte & 1) == 0 ? NOWHERE : wide(c, a, 2, pdpte & ADDRESS);
        }
        long pde = entry(c, (c.cr3 & 0xFFFFF000L) + (a >>> 20 & 0xFFC), 4);
        if ((pde & 1) == 0) {
            return NOWHERE;
        }
        if ((pde & LARGE) != 0 && c.cr4(Control.CR4_PSE)) {
            return pde & 0xFFC00000L | (pde >>> 13 & 0xFF) << 32 | a & 0x3FFFFF;
        }
        long pte = entry(c, (pde & 0xFFFFF000L) + (a >>> 10 & 0xFFC), 4);
        return (pte & 1) == 0 ? NOWHERE : pte & 0xFFFFF000L | a & 0xFFF;
    }

    private static long wide(Cpu c, long a, int levels, long root) {
        long table = root;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            long e = entry(c, table | (a >>> shift & 0x1FF) << 3, 8);
            if ((e & 1) == 0) {
                return NOWHERE;
            }
            if (level == 1 || level <= 3 && (e & LARGE) != 0) {
                long within = (1L << shift) - 1;
                return e & ADDRESS & ~within | a & within;
            }
            table = e & ADDRESS;
        }
    }

    /** Tables are in memory: what is elsewhere is not looked at, since a device would notice. */
    private static long entry(Cpu c, long physical, int size) {
        long page = c.bus.pageAddress(physical);
        if (page == 0) {
            return 0;
        }
        long at = page + (physical & 0xFFF);
        return size == 4 ? Raw.get32(at) & 0xFFFFFFFFL : Raw.get64(at);
    }
}
