package dev.hv.cpu.state;

/** IA32_MISC_ENABLE (SDM vol. 4, table 2-2): what systems switch off, and what a processor is without. */
public final class MiscEnable {

    /** MONITOR and MWAIT work, and CPUID announces them. */
    public static final long MONITOR = 1 << 18;
    /** CPUID tells of no leaf above 3. */
    public static final long LIMIT_CPUID = 1 << 22;
    /** There is no execute-disable bit: CPUID does not announce it, and EFER.NXE cannot be set. */
    public static final long EXECUTE_DISABLE_OFF = 1L << 34;

    private static final long FAST_STRINGS = 1;
    /** There are performance counters. */
    private static final long COUNTERS = 1 << 7;
    /** There is no branch trace store, and no event-based sampling. */
    private static final long NO_STORES = 1 << 11 | 1 << 12;
    /** Fast strings, automatic thermal control, SpeedStep, MONITOR, the limit of CPUID, xTPR messages off, execute disable off. */
    private static final long WRITABLE = FAST_STRINGS | 1 << 3 | 1 << 16 | MONITOR | LIMIT_CPUID | 1 << 23 | EXECUTE_DISABLE_OFF;

    private MiscEnable() {}

    /** The register after power-on. */
    static long initial(CpuModel m) {
        return FAST_STRINGS | NO_STORES | (m.has(Feature.PDCM) ? COUNTERS : 0) | (m.has(Feature.MONITOR) ? MONITOR : 0);
    }

    /** What a write makes of the register; bits that cannot be written stay. */
    public static long written(long before, long value) {
        return before & ~WRITABLE | value & WRITABLE;
    }

    /** Whether MONITOR and MWAIT are there: AMD's processors have no such register. */
    public static boolean monitors(Cpu c) {
        return c.model.has(Feature.MONITOR) && (!c.model.intel() || (c.miscEnable & MONITOR) != 0);
    }

    /** Whether the execute-disable bit is. */
    public static boolean executeDisable(Cpu c) {
        return c.model.has(Feature.NX) && (!c.model.intel() || (c.miscEnable & EXECUTE_DISABLE_OFF) == 0);
    }
}
