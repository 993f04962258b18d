package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.PerformanceCounters;

/** The MSRs of performance counters (SDM vol. 4, chapter 2, and vol. 3B, 20.2; APM vol. 2, 13.2.1), and what RDPMC reads. */
public final class CounterMsrs {

    private static final int PMC = 0xC1;
    private static final int PERFEVTSEL = 0x186;
    private static final int FIXED_CTR = 0x309;
    private static final int PERF_CAPABILITIES = 0x345;
    private static final int FIXED_CTR_CTRL = 0x38D;
    private static final int GLOBAL_STATUS = 0x38E;
    private static final int GLOBAL_CTRL = 0x38F;
    private static final int GLOBAL_OVF_CTRL = 0x390;
    /** Counters that are written whole. */
    private static final int A_PMC = 0x4C1;
    private static final int K7_EVNTSEL = 0xC0010000;
    private static final int K7_PERFCTR = 0xC0010004;
    private static final int K7_COUNTERS = 4;
    /** Select and counter of one after the other. */
    private static final int PERF_CTL = 0xC0010200;

    /** IA32_PERF_CAPABILITIES: counters can be written whole. */
    private static final long FULL_WRITES = 1 << 13;
    /** All of an event select but AnyThread, which is of version 3. */
    private static final long SELECT_VALID = 0xFFDFFFFFL;
    /** Reserved bits of AMD's event select, which ignores them. */
    private static final long AMD_RESERVED = 0xFFFFFCF000280000L;
    /** Each fixed counter: level 0, other levels, interrupt. */
    private static final long FIXED_VALID = 0xBBB;
    private static final long GLOBAL_VALID = (1L << PerformanceCounters.GENERAL) - 1 | (1L << PerformanceCounters.FIXED) - 1 << PerformanceCounters.FIXED_BIT;
    /** Also the overflow of the debug store's buffer, and that anything has changed. */
    private static final long OVERFLOW_VALID = GLOBAL_VALID | 3L << 62;
    /** RDPMC: a fixed counter. */
    private static final long FIXED_INDEX = 1L << 30;

    private CounterMsrs() {}

    /** Whether IA32_PERF_GLOBAL_CTRL may hold a value. */
    public static boolean globalControlValid(long v) {
        return (v & ~GLOBAL_VALID) == 0;
    }

    /** Whether an MSR is one of these, on a model that has them. */
    static boolean has(CpuModel m, int msr) {
        if (!PerformanceCounters.in(m)) {
            return false;
        }
        if (m.intel()) {
            return general(msr, PMC) || general(msr, PERFEVTSEL) || general(msr, A_PMC) || fixed(msr) || msr == PERF_CAPABILITIES
                    || msr >= FIXED_CTR_CTRL && msr <= GLOBAL_OVF_CTRL;
        }
        return msr >= K7_EVNTSEL && msr < K7_PERFCTR + K7_COUNTERS || msr >= PERF_CTL && msr < PERF_CTL + 2 * PerformanceCounters.AMD;
    }

    private static boolean general(int msr, int first) {
        return msr >= first && msr < first + PerformanceCounters.GENERAL;
    }

    private static boolean fixed(int msr) {
        return msr >= FIXED_CTR && msr < FIXED_CTR + PerformanceCounters.FIXED;
    }

    /** Reads one that {@link #has is there}. */
    static long read(Cpu c, int msr) {
        PerformanceCounters p = c.counters;
        if (!c.model.intel()) {
            return selects(msr) ? p.select(number(msr)) : p.value(number(msr));
        }
        if (general(msr, PERFEVTSEL)) {
            return p.select(msr - PERFEVTSEL);
        }
        return switch (msr) {
            case PERF_CAPABILITIES -> FULL_WRITES;
            case FIXED_CTR_CTRL -> p.fixedControl();
            case GLOBAL_STATUS -> p.globalStatus();
            case GLOBAL_CTRL -> p.globalControl();
            case GLOBAL_OVF_CTRL -> 0;
            default -> p.value(fixed(msr) ? PerformanceCounters.GENERAL + msr - FIXED_CTR : general(msr, PMC) ? msr - PMC : msr - A_PMC);
        };
    }

    /** Whether one of AMD's is an event select. */
    private static boolean selects(int msr) {
        return msr < PERF_CTL ? msr < K7_PERFCTR : (msr & 1) == 0;
    }

    private static int number(int msr) {
        return msr < PERF_CTL ? msr & K7_COUNTERS - 1 : msr - PERF_CTL >> 1;
    }

    /**
     * Writes one that {@link #has is there}.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0) for reserved bits and for what is there to read alone
     */
    static void write(Cpu c, int msr, long v) {
        PerformanceCounters p = c.counters;
        if (!c.model.intel()) {
            if (selects(msr)) {
                p.select(number(msr), v & ~AMD_RESERVED);
            } else {
                p.value(number(msr), v);
            }
        } else if (general(msr, PMC)) {
            p.value(msr - PMC, (int) v);
        } else if (general(msr, A_PMC)) {
            check(c, v, PerformanceCounters.MASK);
            p.value(msr - A_PMC, v);
        } else if (fixed(msr)) {
            check(c, v, PerformanceCounters.MASK);
            p.value(PerformanceCounters.GENERAL + msr - FIXED_CTR, v);
        } else if (general(msr, PERFEVTSEL)) {
            check(c, v, SELECT_VALID);
            p.select(msr - PERFEVTSEL, v);
        } else {
            switch (msr) {
                case FIXED_CTR_CTRL -> {
                    check(c, v, FIXED_VALID);
                    p.fixedControl(v);
                }
                case GLOBAL_CTRL -> {
                    check(c, v, GLOBAL_VALID);
                    p.globalControl(v);
                }
                case GLOBAL_OVF_CTRL -> {
                    check(c, v, OVERFLOW_VALID);
                    p.clearStatus(v);
                }
                default -> throw c.gp();
            }
        }
    }

    /**
     * What RDPMC reads.
     *
     * @param index ECX
     * @throws dev.hv.cpu.state.GuestFault #GP(0) without such a counter
     */
    static long counter(Cpu c, long index) {
        if (index >= 0 && index < (c.model.intel() ? PerformanceCounters.GENERAL : PerformanceCounters.AMD)) {
            return c.counters.value((int) index);
        }
        if (c.model.intel() && index >= FIXED_INDEX && index < FIXED_INDEX + PerformanceCounters.FIXED) {
            return c.counters.value(PerformanceCounters.GENERAL + (int) (index - FIXED_INDEX));
        }
        throw c.gp();
    }

    private static void check(Cpu c, long v, long valid) {
        if ((v & ~valid) != 0) {
            throw c.gp();
        }
    }
}
