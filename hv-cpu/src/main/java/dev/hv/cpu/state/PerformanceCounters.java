package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * Performance counters: Intel's architectural ones of version 2 (SDM vol. 3B, 20.2.2), four general and three fixed; AMD's six of the core, the
 * first four of which are the K7's (APM vol. 2, 13.2.1). They are worked out from what the processor counts anyway, whenever somebody looks or
 * one is about to overflow; while none is enabled they cost nothing.
 *
 * <p>What they count is the same in every run and on every engine. This processor takes one core cycle for every instruction and for every step
 * that retires none ({@link Cpu#progress}), none while it waits; reference cycles are as many ticks of the time-stamp counter as these take.
 * Branches, and instructions or cycles of one privilege level alone, are counted by running one instruction at a time.
 */
public final class PerformanceCounters {

    /** Bits of a counter. */
    public static final int WIDTH = 48;
    /** Ones at every bit of a counter. */
    public static final long MASK = (1L << WIDTH) - 1;
    /** General counters of Intel's models. */
    public static final int GENERAL = 4;
    /** Fixed counters of Intel's models: instructions, core cycles, reference cycles. Their numbers follow the general ones'. */
    public static final int FIXED = 3;
    /** Counters of AMD's models. */
    public static final int AMD = 6;
    /** Bit of the first fixed counter in the global registers. */
    public static final int FIXED_BIT = 32;

    /** Of an event select: privilege levels above 0, level 0, interrupt on overflow, enable, compare the other way round. */
    private static final long USER = 1 << 16;
    private static final long SYSTEM = 1 << 17;
    private static final long INTERRUPT = 1 << 20;
    private static final long ENABLE = 1 << 22;
    private static final long INVERT = 1 << 23;
    /** AMD: counts in guests alone, in the host alone (in force while EFER.SVME is set). */
    private static final long GUEST_ONLY = 1L << 40;
    private static final long HOST_ONLY = 1L << 41;
    /** IA32_DEBUGCTL: an overflow's interrupt ends recording of branches, and counting. */
    private static final long FREEZE_RECORDS = 1 << 11;
    private static final long FREEZE_COUNTERS = 1 << 12;

    private static final int NOTHING = 0;
    private static final int INSTRUCTIONS = 1;
    private static final int CORE_CYCLES = 2;
    private static final int REFERENCE_CYCLES = 3;
    private static final int BRANCHES = 4;
    private static final int BRANCH_MISSES = 5;

    private static final int VERSION = 1;
    private static final long PICOS = 1_000_000_000_000L;
    /** Bits of the branch predictor. */
    private static final int PREDICTIONS = 1024;

    private final Cpu c;
    private final boolean intel;
    private final long[] value;
    private final long[] select;
    private long fixedControl;
    private long globalControl;
    private long globalStatus;
    /** What VM entry or exit has loaded, and whether it has: in force at the next instruction boundary, where instructions are counted. */
    private long nextGlobalControl;
    private boolean loaded;
    /** Branches and mispredicted ones so far, while any counter counted either. */
    private long branches;
    private long misses;
    /** Whether the conditional branch at an address was taken last time: what is predicted. */
    private final long[] predictor = new long[PREDICTIONS / Long.SIZE];
    /** What was counted when the values were brought up to date. */
    private long lastInstructions;
    private long lastProgress;
    private long lastBranches;
    private long lastMisses;

    // derived
    private final int[] source;
    private boolean armed;
    private boolean stepping;
    /** Progress before which no counter overflows. */
    private long due;
    private int place;

    PerformanceCounters(Cpu c) {
        this.c = c;
        intel = c.model.intel();
        value = new long[intel ? GENERAL + FIXED : AMD];
        select = new long[intel ? GENERAL : AMD];
        source = new int[value.length];
        powerOn();
    }

    /** Whether a model has counters that count. */
    public static boolean in(CpuModel model) {
        return model.has(model.intel() ? Feature.PDCM : Feature.PERFCTR_CORE);
    }

    /** All as after power-on. INIT changes none of it. */
    void powerOn() {
        Arrays.fill(value, 0);
        Arrays.fill(select, 0);
        Arrays.fill(predictor, 0);
        fixedControl = 0;
        globalControl = (1 << GENERAL) - 1;
        globalStatus = 0;
        loaded = false;
        settle();
        update();
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    /** A counter's value now. */
    public long value(int counter) {
        settle();
        update();
        return value[counter];
    }

    /** Replaces a counter's value, of {@link #WIDTH} bits. */
    public void value(int counter, long v) {
        settle();
        value[counter] = v & MASK;
        update();
    }

    /** The event select of a general counter. */
    public long select(int counter) {
        return select[counter];
    }

    /** Replaces the event select of a general counter. */
    public void select(int counter, long v) {
        settle();
        select[counter] = v;
        update();
    }

    /** IA32_FIXED_CTR_CTRL. */
    public long fixedControl() {
        return fixedControl;
    }

    /** Writes IA32_FIXED_CTR_CTRL. */
    public void fixedControl(long v) {
        settle();
        fixedControl = v;
        update();
    }

    /** IA32_PERF_GLOBAL_CTRL. */
    public long globalControl() {
        return loaded ? nextGlobalControl : globalControl;
    }

    /** Writes IA32_PERF_GLOBAL_CTRL. */
    public void globalControl(long v) {
        settle();
        globalControl = v;
        loaded = false;
        update();
    }

    /** Loads IA32_PERF_GLOBAL_CTRL in the middle of VM entry or exit; what has been executed until then counts under the old one. */
    public void loadGlobalControl(long v) {
        nextGlobalControl = v;
        loaded = true;
        armed = true;
        c.raise(Cpu.EVENT_DEBUG);
    }

    /** IA32_PERF_GLOBAL_STATUS. */
    public long globalStatus() {
        settle();
        update();
        return globalStatus;
    }

    /** Clears bits of IA32_PERF_GLOBAL_STATUS. */
    public void clearStatus(long bits) {
        settle();
        globalStatus &= ~bits;
        update();
    }

    // ---- counting ------------------------------------------------------------------------------------------------

    /** Whether a counter is enabled: the engine is to call {@link #boundary} between instructions, and to run no further than {@link #room}. */
    public boolean armed() {
        return armed;
    }

    /** Whether instructions must run one at a time to be told apart. */
    public boolean stepping() {
        return stepping || loaded;
    }

    /** Between two instructions: takes note of changes of level and of overflows. */
    public void boundary() {
        if (loaded || c.progress() >= due || place != place()) {
            settle();
            if (loaded) {
                loaded = false;
                globalControl = nextGlobalControl;
            }
            update();
        }
    }

    /** How many instructions may run before the next {@link #boundary}, at most {@code most}. */
    public long room(long most) {
        return armed ? Math.clamp(due - c.progress(), 1, most) : most;
    }

    /**
     * A branch has retired while instructions run alone.
     *
     * @param from its address
     * @param conditional whether it could have gone on behind it
     */
    public void branch(long from, boolean conditional, boolean taken) {
        branches++;
        if (conditional) {
            int i = (int) (from ^ from >>> 10) & PREDICTIONS - 1;
            long bit = 1L << i;
            if ((predictor[i >> 6] & bit) != 0 != taken) {
                predictor[i >> 6] ^= bit;
                misses++;
            }
        }
    }

    /** Brings the values up to date with what has been counted under what was in force. */
    private void settle() {
        if (armed) {
            for (int i = 0; i < value.length; i++) {
                value[i] += counted(i, source[i]);
                if (value[i] > MASK) {
                    value[i] &= MASK;
                    overflow(i);
                }
            }
        }
        lastInstructions = c.instructions;
        lastProgress = c.progress();
        lastBranches = branches;
        lastMisses = misses;
    }

    /** How often an event came since the values were up to date. */
    private long events(int event) {
        return switch (event) {
            case INSTRUCTIONS -> c.instructions - lastInstructions;
            case CORE_CYCLES -> c.progress() - lastProgress;
            case REFERENCE_CYCLES -> reference(c.progress()) - reference(lastProgress);
            case BRANCHES -> branches - lastBranches;
            case BRANCH_MISSES -> misses - lastMisses;
            default -> 0;
        };
    }

    /** What a counter of an event adds: events, or the cycles in which there were as many as its counter mask says (or fewer, inverted). */
    private long counted(int i, int event) {
        if (event == NOTHING || i >= select.length) {
            return events(event);
        }
        long least = select[i] >>> 24 & 0xFF;
        boolean invert = (select[i] & INVERT) != 0;
        if (least == 0) {
            return events(event);
        }
        // no event comes more than once a cycle
        long met = least > 1 ? 0 : events(event == REFERENCE_CYCLES ? CORE_CYCLES : event);
        return invert ? events(CORE_CYCLES) - met : met;
    }

    private void overflow(int i) {
        globalStatus |= bit(i);
        boolean interrupts = i < select.length ? (select[i] & INTERRUPT) != 0 : (field(i) & 8) != 0;
        if (!interrupts) {
            return;
        }
        if (intel && (c.debugCtl & FREEZE_COUNTERS) != 0) {
            globalControl = 0;
        }
        if (intel && (c.debugCtl & FREEZE_RECORDS) != 0) {
            c.debugCtl &= ~BranchRecords.LBR;
        }
        if (c.apic != null) {
            c.apic.performanceInterrupt(intel);
        }
    }

    private static long bit(int i) {
        return i < GENERAL ? 1L << i : 1L << FIXED_BIT + i - GENERAL;
    }

    /** The four bits of IA32_FIXED_CTR_CTRL that are of a fixed counter. */
    private int field(int i) {
        return (int) (fixedControl >>> 4 * (i - select.length)) & 0xF;
    }

    /** What the privilege level and the kind of operation are, as far as counting depends on them. */
    private int place() {
        return (c.cpl == 0 ? 0 : 1) | (c.guest == null ? 0 : 2) | ((c.efer & Control.EFER_SVME) == 0 ? 0 : 4);
    }

    /** Derives what each counter counts, and when one can overflow first. The values are up to date. */
    private void update() {
        place = place();
        armed = false;
        stepping = false;
        due = Long.MAX_VALUE;
        for (int i = 0; i < value.length; i++) {
            int event = event(i);
            long levels = i < select.length ? select[i] & (USER | SYSTEM) : field(i) << 17 & SYSTEM | field(i) << 15 & USER;
            source[i] = NOTHING;
            if (event == NOTHING || levels == 0 || intel && (globalControl & bit(i)) == 0) {
                continue;
            }
            long worlds = intel || (c.efer & Control.EFER_SVME) == 0 ? 0 : select[i] & (GUEST_ONLY | HOST_ONLY);
            armed = true;
            stepping |= event >= BRANCHES || levels != (USER | SYSTEM) || worlds == GUEST_ONLY || worlds == HOST_ONLY;
            boolean world = worlds == 0 || (worlds & (c.guest == null ? HOST_ONLY : GUEST_ONLY)) != 0;
            if (world && (levels & (c.cpl == 0 ? SYSTEM : USER)) != 0) {
                source[i] = event;
                due = Math.min(due, lastProgress + soonest(event, MASK + 1 - value[i]));
            }
        }
        if (armed) {
            // leaves the block, and runs no further than is due
            c.raise(Cpu.EVENT_DEBUG);
        }
    }

    /** In how many steps at the soonest an event can have come so often. */
    private long soonest(int event, long times) {
        if (event != REFERENCE_CYCLES) {
            return times;
        }
        long hertz = c.model.tscHz();
        long ticks = Math.max(1, Math.ceilDiv(hertz / 1_000_000 * c.time.picosPerStep(), 1_000_000));
        return Math.max(1, times / ticks);
    }

    /** Ticks of the time-stamp counter that so much progress takes. */
    private long reference(long progress) {
        long perSecond = c.model.tscHz() / 1_000_000 * c.time.picosPerStep();
        return progress / 1_000_000 * perSecond + progress % 1_000_000 * perSecond / 1_000_000;
    }

    /** What an enabled counter is set to count: what is no event of this processor is nothing. */
    private int event(int i) {
        if (i >= select.length) {
            return (field(i) & 3) == 0 ? NOTHING : INSTRUCTIONS + i - select.length;
        }
        if ((select[i] & ENABLE) == 0) {
            return NOTHING;
        }
        int code = (int) select[i] & 0xFFFF;
        if (intel) {
            return switch (code) {
                case 0x003C -> CORE_CYCLES;
                case 0x013C -> REFERENCE_CYCLES;
                case 0x00C0 -> INSTRUCTIONS;
                case 0x00C4 -> BRANCHES;
                case 0x00C5 -> BRANCH_MISSES;
                default -> NOTHING;
            };
        }
        return switch (code | (int) (select[i] >>> 32 & 0xF) << 16) {
            case 0x0076 -> CORE_CYCLES;
            case 0x10120 -> REFERENCE_CYCLES;
            case 0x00C0 -> INSTRUCTIONS;
            case 0x00C2 -> BRANCHES;
            case 0x00C3 -> BRANCH_MISSES;
            default -> NOTHING;
        };
    }

    // ---- snapshots -----------------------------------------------------------------------------------------------

    void save(StateWriter out) {
        out.begin("counters", VERSION);
        out.put("counter", value);
        out.put("select", select);
        out.put("predictor", predictor);
        out.put(SCALARS, scalars());
        out.end();
    }

    private static final String[] SCALARS = {"fixed-control", "global-control", "global-status", "next-global-control", "loaded", "branches", "misses", "last-instructions", "last-progress",
        "last-branches", "last-misses", "place"};

    /** When the values were brought up to date counts while a counter is enabled; otherwise it is but the last time that somebody looked. */
    private long[] scalars() {
        return new long[] {fixedControl, globalControl, globalStatus, nextGlobalControl, loaded ? 1 : 0, branches, misses, armed ? lastInstructions : 0, armed ? lastProgress : 0,
            armed ? lastBranches : 0, armed ? lastMisses : 0, armed ? place : 0};
    }

    void restore(StateReader in) {
        in.begin("counters", VERSION);
        in.take(value);
        in.take(select);
        in.take(predictor);
        long[] s = scalars();
        in.take(s);
        in.end();
        fixedControl = s[0];
        globalControl = s[1];
        globalStatus = s[2];
        nextGlobalControl = s[3];
        loaded = s[4] != 0;
        branches = s[5];
        misses = s[6];
        lastInstructions = s[7];
        lastProgress = s[8];
        lastBranches = s[9];
        lastMisses = s[10];
        for (int i = 0; i < value.length; i++) {
            value[i] &= MASK;
        }
        int before = c.events;
        update();
        c.events = before;
        armed |= loaded;
    }
}
