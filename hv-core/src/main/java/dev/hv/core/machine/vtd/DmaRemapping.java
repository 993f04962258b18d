package dev.hv.core.machine.vtd;

import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.iommu.EntryCache;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.TableMemory;
import dev.hv.core.machine.iommu.TranslationCache;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * DMA remapping in legacy mode (VT-d specification, chapter 3): root table by bus, context table by device and function, second-level tables by
 * address; context cache and IOTLB.
 */
final class DmaRemapping implements Saveable {

    private static final int VERSION = 1;
    private static final long PRESENT = 1;
    private static final long SILENT = 2;
    private static final int TYPE_TABLES = 0;
    private static final int TYPE_PASS_THROUGH = 2;
    private static final long CONTEXT_LOW_RESERVED = 0xFF0;
    /** Upper word of a context entry: address width 2:0, for software 6:3, domain 23:8. */
    private static final long CONTEXT_HIGH_RESERVED = ~0xFFFF7FL;
    private static final long READ = 1;
    private static final long WRITE = 2;
    private static final long LARGE = 1 << 7;
    private static final long SNOOP = 1 << 11;
    /** Of an entry in a page table, what tells a device's translation cache something: there is none. */
    private static final long TRANSIENT = 1L << 62;
    private static final long ABOVE_ADDRESS = 0xFFF0_0000_0000_0000L;
    private static final long PAGE_MASK = -Page.SIZE;

    private final TableMemory tables;
    private final FaultRecording faults;
    private final ProtectedMemory protectedMemory;
    private final int levels;
    /** Address bits of an entry, and bits above them that must be zero. */
    private final long addressMask;
    private final long tooHigh;
    private final EntryCache contexts = new EntryCache("context-cache", 2);
    private final TranslationCache iotlb = new TranslationCache();
    private boolean enabled;
    private long root;
    private final long[] entry = new long[2];
    private final long[] leaf = new long[1];

    DmaRemapping(TableMemory tables, FaultRecording faults, ProtectedMemory protectedMemory, int hostBits, int levels) {
        this.tables = tables;
        this.faults = faults;
        this.protectedMemory = protectedMemory;
        this.levels = levels;
        addressMask = (1L << hostBits) - 1 & PAGE_MASK;
        tooHigh = -1L << hostBits;
    }

    /** GCMD.TE. */
    void enable(boolean on) {
        enabled = on;
    }

    /** GCMD.SRTP: this is the root table from now on. */
    void root(long pointer) {
        root = pointer & addressMask;
    }

    /** A device's request; {@link Iommu#REFUSED} or the physical address. */
    long translate(int requester, long address, boolean write) {
        if (MsiMessages.isMessage(address)) {
            return Iommu.REFUSED;
        }
        if (!enabled) {
            return address < 0 || protectedMemory.blocks(address) ? Iommu.REFUSED : address;
        }
        long[] context = contexts.find(requester);
        if (context == null) {
            FaultReason missing = context(requester);
            boolean silent = missing != null && missing.qualified() && (entry[0] & SILENT) != 0;
            if (missing != null) {
                return refuse(missing, requester, address, write, silent);
            }
            context = entry.clone();
            contexts.add(requester, context);
        }
        boolean silent = (context[0] & SILENT) != 0;
        int width = VtdRegisters.width((int) (context[1] & 7) + 2);
        if (address >>> width != 0) {
            return refuse(FaultReason.BEYOND_WIDTH, requester, address, write, silent);
        }
        if (type(context[0]) == TYPE_PASS_THROUGH) {
            return protectedMemory.blocks(address) ? Iommu.REFUSED : address;
        }
        int domain = (int) (context[1] >>> 8) & 0xFFFF;
        TranslationCache.Entry found = iotlb.find(domain, address);
        if (found == null) {
            FaultReason fault = walk(context, domain, address, write);
            if (fault != null) {
                return refuse(fault, requester, address, write, silent);
            }
            found = iotlb.find(domain, address);
        }
        if (!found.allows(write)) {
            return refuse(write ? FaultReason.NO_WRITE : FaultReason.NO_READ, requester, address, write, silent);
        }
        return found.at(address);
    }

    private long refuse(FaultReason reason, int requester, long address, boolean write, boolean silent) {
        faults.memory(reason, requester, address, write, silent);
        return Iommu.REFUSED;
    }

    private static int type(long low) {
        return (int) (low >>> 2) & 3;
    }

    /** Reads a requester's context entry into {@link #entry}; what is wrong with it, or null. */
    private FaultReason context(int requester) {
        if (!tables.read(root + (requester >>> 8 << 4), entry)) {
            return FaultReason.ROOT_ACCESS;
        }
        if ((entry[0] & PRESENT) == 0) {
            return FaultReason.ROOT_NOT_PRESENT;
        }
        if ((entry[0] & (~PAGE_MASK ^ PRESENT | tooHigh)) != 0 || entry[1] != 0) {
            return FaultReason.ROOT_RESERVED;
        }
        if (!tables.read((entry[0] & addressMask) + ((requester & 0xFF) << 4), entry)) {
            return FaultReason.CONTEXT_ACCESS;
        }
        if ((entry[0] & PRESENT) == 0) {
            return FaultReason.CONTEXT_NOT_PRESENT;
        }
        if ((entry[0] & (CONTEXT_LOW_RESERVED | tooHigh)) != 0 || (entry[1] & CONTEXT_HIGH_RESERVED) != 0) {
            return FaultReason.CONTEXT_RESERVED;
        }
        int type = type(entry[0]);
        int width = (int) (entry[1] & 7);
        boolean known = (type == TYPE_TABLES || type == TYPE_PASS_THROUGH) && width >= 1 && width + 2 <= levels;
        return known ? null : FaultReason.CONTEXT_INVALID;
    }

    /** Walks a domain's tables and keeps what it finds; why it finds nothing that serves, or null. */
    private FaultReason walk(long[] context, int domain, long address, boolean write) {
        long table = context[0] & addressMask;
        long rights = READ | WRITE;
        for (int level = (int) (context[1] & 7) + 2; ; level--) {
            int shift = 12 + 9 * (level - 1);
            if (!tables.read(table + ((address >>> shift & 0x1FF) << 3), leaf)) {
                return FaultReason.TABLE_ACCESS;
            }
            long e = leaf[0];
            if ((e & (READ | WRITE)) == 0) {
                return write ? FaultReason.NO_WRITE : FaultReason.NO_READ;
            }
            boolean last = level == 1 || (e & LARGE) != 0 && level <= 3;
            if ((e & reserved(level, last)) != 0) {
                return FaultReason.TABLE_RESERVED;
            }
            rights &= e;
            if ((rights & (write ? WRITE : READ)) == 0) {
                return write ? FaultReason.NO_WRITE : FaultReason.NO_READ;
            }
            if (last) {
                long frame = address & -1L << shift;
                var found = new TranslationCache.Entry(domain, shift, frame, e & addressMask & -1L << shift, (int) rights);
                if (MsiMessages.isMessage(found.at(address))) {
                    return FaultReason.INTERRUPT_OUTPUT;
                }
                iotlb.add(found);
                return null;
            }
            table = e & addressMask;
        }
    }

    /** Bits that an entry with rights must not have (9.8): those of addresses that are none, within a large page, and of what the unit has not. */
    private long reserved(int level, boolean last) {
        long bits = tooHigh & ~ABOVE_ADDRESS | TRANSIENT;
        if (!last) {
            return bits | SNOOP | (level > 3 ? LARGE : 0);
        }
        return level == 1 ? bits : bits | (1L << 12 + 9 * (level - 1)) - 1 & PAGE_MASK;
    }

    // ---- invalidation ----------------------------------------------------------------------------------------------

    void forgetContexts() {
        contexts.clear();
    }

    /** Context entries of a domain. */
    void forgetContexts(int domain) {
        contexts.forgetIf(e -> ((int) (e[1] >>> 8) & 0xFFFF) == domain);
    }

    /**
     * Context entries of a domain for some requesters.
     *
     * @param functionMask bits of the function number that do not matter: 0 none, 1 bit 2, 2 bits 2:1, 3 all
     */
    void forgetContexts(int domain, int requester, int functionMask) {
        int ignored = 7 & ~(7 >> functionMask);
        contexts.forget(n -> ((n ^ requester) & ~ignored) == 0 && ((int) (contexts.find(n)[1] >>> 8) & 0xFFFF) == domain);
    }

    void forgetTranslations() {
        iotlb.clear();
    }

    void forgetTranslations(int domain) {
        iotlb.forget(domain);
    }

    /**
     * Translations of 2^{@code mask} pages.
     *
     * @param mask at most {@link VtdRegisters#MAMV}
     */
    void forgetTranslations(int domain, long address, int mask) {
        long bytes = (long) Page.SIZE << mask;
        long first = address & -bytes;
        iotlb.forget(domain, first, first + bytes - 1);
    }

    void reset() {
        enabled = false;
        root = 0;
        contexts.clear();
        iotlb.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("dma-remapping", VERSION);
        out.put("enabled", enabled);
        out.put("root", root);
        contexts.save(out);
        iotlb.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("dma-remapping", VERSION);
        enabled = in.takeBoolean();
        root = in.take();
        contexts.restore(in);
        iotlb.restore(in);
        in.end();
    }
}
