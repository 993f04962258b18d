package dev.hv.cpu.state;

/** A virtualisation unit's own accesses to structures at system-physical addresses: VMCS regions and VMCBs, MSR areas, bitmaps, second-level paging entries. */
public final class PhysicalAccess {

    private PhysicalAccess() {}

    /** Reads 64 bits. */
    public static long read64(Cpu c, long p) {
        return MemSlow.readPhysical(c, p, 8);
    }

    /** Reads 32 bits. */
    public static int read32(Cpu c, long p) {
        return (int) MemSlow.readPhysical(c, p, 4);
    }

    /** Reads 8 bits. */
    public static int read8(Cpu c, long p) {
        return (int) MemSlow.readPhysical(c, p, 1);
    }

    /** Reads 16 bits. */
    public static int read16(Cpu c, long p) {
        return (int) MemSlow.readPhysical(c, p, 2);
    }

    /** Writes 64 bits. */
    public static void write64(Cpu c, long p, long v) {
        write(c, p, 8, v);
    }

    /** Replaces 32 or 64 bits ({@code size} in bytes) as a locked instruction would; false when they are no longer {@code expected}. */
    public static boolean replace(Cpu c, long p, int size, long expected, long v) {
        if (c.parallel) {
            return MemSlow.replacePhysical(c, p, size, expected, v);
        }
        write(c, p, size, v);
        return true;
    }

    /** Writes 32 bits. */
    public static void write32(Cpu c, long p, int v) {
        write(c, p, 4, v & 0xFFFFFFFFL);
    }

    /** Writes 16 bits. */
    public static void write16(Cpu c, long p, int v) {
        write(c, p, 2, v & 0xFFFF);
    }

    /** Writes 8 bits. */
    public static void write8(Cpu c, long p, int v) {
        write(c, p, 1, v & 0xFF);
    }

    private static void write(Cpu c, long p, int size, long v) {
        try {
            MemSlow.writePhysical(c, p, size, v);
        } catch (RestartSignal s) {
            // Cached code shares the page and has been dropped. A VM entry or exit is not run again: complete the write.
            long raw = c.bus.pageAddress(p);
            if (raw != 0) {
                MemSlow.put(raw + (p & 0xFFF), size, v);
            }
        }
    }

    /**
     * Raw address of a page that is memory and nothing else: no code in it is watched, so nobody is to be told of writes. 0 for any other, which
     * must be accessed one by one. It is good for the accesses of one instruction, entry or exit.
     */
    public static long plainPage(Cpu c, long p) {
        if (!MemSlow.directlyWritable(c, p)) {
            return MemSlow.registers(c, p) ? 0 : c.bus.plainPage(p);
        }
        return !(c.code != null && c.code.watches(p & Tlb.PAGE_MASK)) && !c.bus.codeWatched(p) ? c.bus.pageAddress(p) : 0;
    }

    /** Whether {@code p} is a multiple of {@code alignment} and fits the processor's physical-address width. */
    public static boolean valid(Cpu c, long p, int alignment) {
        return (p & alignment - 1) == 0 && (p & ~c.model.physicalMask()) == 0;
    }
}
