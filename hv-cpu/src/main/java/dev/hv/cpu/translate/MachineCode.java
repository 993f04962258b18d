package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.instructions.HostX87;
import dev.hv.cpu.instructions.SystemCalls;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.StateLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The machine code of one processor: translates blocks, links them, drops them, runs them. Code that runs leaves with one of the reasons
 * here and a site; what is to be done then is the engine's business. Used by the processor's thread alone.
 */
public final class MachineCode {

    /** Left for one instruction that the interpreter must execute; {@link #resumeAt} says where to come back. */
    public static final int SLOW = Emission.SLOW;
    /** Left for a block in the same page that a jump may be linked to, {@link #linkedRip}. */
    public static final int CHAIN = Emission.CHAIN;
    /** Left for the block at {@link #nextRip}. */
    public static final int LOOKUP = Emission.LOOKUP;
    /** A block was not entered: the budget does not suffice, or it is dropped. */
    public static final int REFUSE = Emission.REFUSE;

    private static final int ROW_BITS = 14;
    private static final int ROWS = 1 << ROW_BITS;
    private static final int JUMP = 32;
    private static final int ROW = 2 * JUMP;
    private static final int ROW_SHIFT = 6;
    /** Bits of the fetch key from this one on, the context, count in the table of jumps: address spaces with one kernel would drive each other out. */
    private static final int KEY_IN_HASH = 16;
    private static final int HASH = 0x9E3779B1;
    /** More than the code of any block takes, with its ways out. */
    private static final int MARGIN = 1 << 16;
    private static final int DEFAULT_MXCSR = 0x1F80;

    private final Cpu c;
    private final long area;
    private final CodeMemory memory;
    private final long toWritable;
    private final MemorySegment jumpMemory;
    private final long jumps;
    private final Assembler hot = new Assembler();
    private final Assembler cold = new Assembler();
    private final Sites sites = new Sites();
    private final Emission emission;
    private final Translator translator;
    /** Where the next block and its ways out go, and where the cold part begins. */
    private long hotAt;
    private long coldAt;
    private final long first;
    private final long middle;

    /** The flags as machine code left them, and what they were turned to: as long as Java changes nothing, they need not be turned back. */
    private int keptFlags = -1;
    private long keptResult;
    private long keptAux;

    /** Counts the times that all code was dropped. */
    private int generation;
    private long blocks;
    private long instructions;
    private long bytes;
    private long entries;
    private long slow;
    private long fills;

    private MachineCode(Cpu c, CodeMemory memory) {
        this.c = c;
        area = c.area;
        this.memory = memory;
        toWritable = memory.writable - memory.executable;
        jumpMemory = Arena.ofAuto().allocate((long) ROWS * ROW, ROW);
        jumps = jumpMemory.address();
        Raw.put64(area + StateLayout.JUMPS, jumps);
        Raw.put32(area + StateLayout.HOST_MXCSR, DEFAULT_MXCSR);
        hot.begin(memory.executable);
        HostEntry.writeExit(hot);
        hot.align(64);
        long dispatch = hot.here();
        writeDispatch(memory.executable);
        hot.align(64);
        long exchange = hot.here();
        writeExchange();
        hot.align(64);
        var strings = new StringFunctions(hot);
        var crossings = new CrossingReads(hot);
        hot.align(64);
        hot.flush(memory.writable);
        first = hot.here();
        middle = memory.executable + memory.size / 5 * 3 & -64;
        emission = new Emission(hot, cold, sites, memory.executable, dispatch, exchange, strings, crossings);
        translator = new Translator(c, HostEntry.FEATURES, emission);
        reset();
    }

    /**
     * Machine code for a processor.
     *
     * @param size bytes of code to keep
     * @return null where the host allows none; {@link #refusal} says why
     */
    public static MachineCode create(Cpu c, long size) {
        if (!HostEntry.possible()) {
            return null;
        }
        CodeMemory memory = CodeMemory.map(size & -0x1000);
        return memory == null ? null : new MachineCode(c, memory);
    }

    /** Why there is no machine code: a few words. */
    public static String refusal() {
        return CodeMemory.refusal();
    }

    /** Looks the RIP in S0 up in the table of jumps and goes there; RIPs in the table are canonical. */
    private void writeDispatch(long exit) {
        Assembler a = hot;
        a.move(32, S1, S0);
        a.state(32, 0x33, S1, StateLayout.FETCH_KEY + KEY_IN_HASH / Byte.SIZE);
        // IMUL
        a.registers(32, 0, 0, 0x69, S1, S1, false);
        a.u32(HASH);
        a.shift(32, Assembler.SHR, S1, Integer.SIZE - ROW_BITS);
        a.shift(32, Assembler.SHL, S1, ROW_SHIFT);
        a.state(64, 0x03, S1, StateLayout.JUMPS);
        for (int way = 0; way < ROW; way += JUMP) {
            a.based(64, 0x3B, S0, S1, way);
            int miss = a.skipIf(Assembler.NOT_EQUAL);
            a.load(64, S0, StateLayout.FETCH_KEY);
            a.based(64, 0x3B, S0, S1, way + Long.BYTES);
            int other = a.skipIf(Assembler.NOT_EQUAL);
            a.jumpBased(S1, way + 2 * Long.BYTES);
            a.bindShort(other);
            a.based(64, 0x8B, S0, S1, way);
            a.bindShort(miss);
        }
        a.store(64, StateLayout.NEXT_RIP, S0);
        a.constant(S0, LOOKUP);
        a.jump(exit);
    }

    /** A function that exchanges the two entries of the translation cache at the offset in S1, over the stack: no register is free everywhere. */
    private void writeExchange() {
        int[] ways = {StateLayout.TLB, StateLayout.TLB_SECOND};
        for (int way : ways) {
            for (int i = 0; i < 4; i++) {
                // PUSH
                hot.indexed(32, 0xFF, 6, S1, way + i * Long.BYTES);
            }
        }
        for (int way : ways) {
            for (int i = 3; i >= 0; i--) {
                // POP
                hot.indexed(32, 0x8F, 0, S1, way + i * Long.BYTES);
            }
        }
        hot.bytes(0xC3);
    }

    /** Forgets all code. Nobody may enter it again. */
    public void reset() {
        generation++;
        sites.clear();
        Raw.fill(jumps, (long) ROWS * ROW, 0xFF);
        hotAt = first;
        coldAt = middle;
    }

    /** After {@link #reset}: a block's code is gone, and it may be translated anew. */
    public void forget(Translatable b) {
        b.entry = 0;
    }

    /** Counts the times that all code was dropped: sites of one generation mean nothing in another. */
    public int generation() {
        return generation;
    }

    /** Whether there is no room for another block. */
    public boolean full() {
        return hotAt + MARGIN > middle || coldAt + MARGIN > memory.executable + memory.size;
    }

    /** Translates a block that has not been translated, or decides that it never is. */
    public void translate(Translatable b) {
        if (!translator.worth(b)) {
            b.entry = Translatable.NEVER;
            return;
        }
        hot.begin(hotAt);
        cold.begin(coldAt);
        translator.translate(b);
        hot.align(16);
        hot.flush(hotAt + toWritable);
        cold.flush(coldAt + toWritable);
        bytes += hot.position() + cold.position();
        b.entry = hotAt;
        b.start = hotAt;
        b.generation = generation;
        hotAt = hot.here();
        coldAt = cold.here();
        blocks++;
        instructions += b.count;
    }

    /** The code of a block must not be entered any more. */
    public void drop(Translatable b) {
        if (b.entry > 0) {
            jumpAt(b.entry, b.refusal);
        }
        b.entry = Translatable.NEVER;
    }

    private void jumpAt(long from, long to) {
        Raw.put8(from + toWritable, (byte) 0xE9);
        Raw.put32(from + toWritable + 1, (int) (to - (from + 5)));
    }

    /** Has the jumps that lead to a dropped block lead to the one that stands for it now. */
    public void redirect(Translatable dropped, Translatable to) {
        if (dropped.start != 0 && dropped.generation == generation) {
            jumpAt(dropped.start, to.entry);
        }
    }

    /** Lets the jump at a site lead to a block from now on; by way of the table of jumps if it crosses into a second page: {@link #remember} it then. */
    public void link(int site, Translatable to) {
        long at = sites.address(site);
        long place = to.secondPage < 0 ? to.entry : to.lookedUp;
        Raw.put32(at + toWritable, (int) (place - (at + 4)));
    }

    /** Has indirect jumps to a RIP under a fetch key find a block. */
    public void remember(long rip, long key, Translatable to) {
        long e = jumps + ((long) (((int) rip ^ (int) (key >>> KEY_IN_HASH)) * HASH >>> Integer.SIZE - ROW_BITS) << ROW_SHIFT);
        // the older of the row's two goes
        for (long i = e; i < e + JUMP; i += Long.BYTES) {
            Raw.put64(i + JUMP, Raw.get64(i));
        }
        Raw.put64(e, rip);
        Raw.put64(e + Long.BYTES, key);
        Raw.put64(e + 2 * Long.BYTES, to.entry);
    }

    /** Where a block's code is entered. */
    public long entry(Translatable b) {
        Raw.put8(area + StateLayout.FLOATING, (byte) 0);
        return b.entry;
    }

    /**
     * Runs code until it leaves.
     *
     * @param at from {@link #entry} or {@link #resumeAt}
     * @param budget instructions that may be run; blocks are entered only if they fit
     * @param x87 whether x87 instructions are to be expected, for which the host's registers need the guest's state
     * @return reason in the low bits, see {@link #reason}, and site above
     */
    public long run(long at, long budget, boolean x87) {
        Raw.put64(area + StateLayout.BUDGET, budget);
        Raw.put64(area + StateLayout.ENTRY, at);
        // where all events are held back, enabling interrupts is more than a bit of the mask
        Raw.put32(area + StateLayout.EVENTS, c.eventsHeld ? c.events | Cpu.EVENT_INTERRUPT : c.events);
        Raw.put8(area + StateLayout.SYSTEM_CALLS, (byte) (c.efer & Control.EFER_SCE));
        Raw.put64(area + StateLayout.KEYS, (c.cr4 & Control.CR4_PKE) != 0 ? c.pkru() & 0xFFFF_FFFFL : -1);
        if (keptFlags < 0 || c.flagResult() != keptResult || c.flagAux() != keptAux) {
            int f = Flags.arithmetic(c);
            keptFlags = (f & 0xFF) << 8 | f >> 11 & 1;
            Raw.put16(area + StateLayout.FLAGS, (short) keptFlags);
            keptResult = c.flagResult();
            keptAux = c.flagAux();
        }
        if (x87 && HostX87.possible(c)) {
            HostX87.give(c);
        }
        long why = HostEntry.run(area);
        if (Raw.get8(area + StateLayout.X87_HELD) != 0) {
            HostX87.take(c);
        }
        int f = Raw.get16(area + StateLayout.FLAGS) & 0xFFFF;
        if (f != keptFlags) {
            Flags.load(c, f >>> 8 & 0xFF | (f & 1) << 11);
            keptFlags = f;
            keptResult = c.flagResult();
            keptAux = c.flagAux();
        }
        byte unsettled = Raw.get8(area + StateLayout.UNSETTLED);
        if (unsettled != 0) {
            Raw.put8(area + StateLayout.UNSETTLED, (byte) 0);
            SystemCalls.settle(c, unsettled, Raw.get8(area + StateLayout.CPL));
        }
        entries++;
        return why;
    }

    /** What is left of the budget. */
    public long left() {
        return Raw.get64(area + StateLayout.BUDGET);
    }

    /** Reason in what {@link #run} returned. */
    public static int reason(long why) {
        return (int) why & (1 << Emission.SITE_SHIFT) - 1;
    }

    /** Site in what {@link #run} returned. */
    public static int site(long why) {
        return (int) (why >>> Emission.SITE_SHIFT);
    }

    /** Block of a site. */
    public Translatable block(int site) {
        return sites.block(site);
    }

    /** Index of a site's instruction. */
    public int operation(int site) {
        return sites.operation(site);
    }

    /**
     * Where to come back after the interpreter has executed the instruction at a site; 0 when it must go on itself, because the guest
     * unmasked floating-point exceptions, which machine code leaves to it.
     */
    public long resumeAt(int site) {
        slow++;
        if (sites.block(site).x87 && !HostX87.possible(c)) {
            return 0;
        }
        if (Raw.get8(area + StateLayout.FLOATING) != 0 && (c.mxcsr() & Emission.MXCSR_MASKS) != Emission.MXCSR_MASKS) {
            return 0;
        }
        return sites.address(site);
    }

    /** Bytes of the access at a site that missed the translation cache, negative for a write; 0 where the interpreter must execute the instruction. */
    public int missedBytes(int site) {
        return sites.access(site);
    }

    /** The linear address of that access. */
    public long missed() {
        return Raw.get64(area + StateLayout.MISSED);
    }

    /** Where the instruction at a site is tried again once the translation cache knows its page. */
    public long again(int site) {
        fills++;
        return sites.again(site);
    }

    /** Where the jump at a site leads. */
    public long linkedRip(int site) {
        return sites.rip(site);
    }

    /** Where execution goes on after {@link #LOOKUP}. */
    public long nextRip() {
        return Raw.get64(area + StateLayout.NEXT_RIP);
    }

    /** Blocks translated since power-on. */
    public long blocksTranslated() {
        return blocks;
    }

    /** Instructions in them. */
    public long instructionsTranslated() {
        return instructions;
    }

    /** Bytes of machine code written since power-on. */
    public long bytesWritten() {
        return bytes;
    }

    /** Times machine code was entered. */
    public long entries() {
        return entries;
    }

    /** Times it left for a page that the translation cache did not know, and tried again. */
    public long fills() {
        return fills;
    }

    /** Times it left for a single instruction. */
    public long slowExits() {
        return slow;
    }
}
