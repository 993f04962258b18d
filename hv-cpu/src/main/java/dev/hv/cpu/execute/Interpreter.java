package dev.hv.cpu.execute;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.forms.BlockCompiler;
import dev.hv.cpu.forms.CompiledBlock;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.RestartSignal;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.VmExitSignal;
import dev.hv.cpu.translate.MachineCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine tier 1: runs blocks of operations. Instruction counts are exact at every return; budgets are met to the
 * instruction, so results do not depend on where blocks begin and end.
 */
public final class Interpreter implements Engine {

    private static final Logger LOG = LoggerFactory.getLogger(Interpreter.class);
    /** Entries after which a block is compiled: below about this many the JVM's compilers cost more than they give. */
    private static final int HOT = Integer.getInteger("hv.hot", 20_000);
    /** Instead of an index: the block runs as compiled code. */
    private static final int COMPILED = -1;
    /** Entries after which a block is translated to machine code: fewer translate what is hardly run again, more interpret too long. */
    private static final int WARM = Integer.getInteger("hv.warm", 30);
    /** Instructions that machine code runs at a stretch, in some tens of microseconds: requests and the garbage collector wait for it. */
    private static final long STRETCH = 50_000;
    /** Instead of an outcome: machine code left between two blocks. */
    private static final int LEFT = -1;

    private final Cpu c;
    private final EventHandler handler;
    private final CodeCache cache;
    private final BlockFinder finder;
    private EngineKind kind = EngineKind.MACHINE_CODE;
    private int warm = WARM;
    private long codeCache = CODE_CACHE;
    /** Null until the first block is warm, and where there is none. */
    private MachineCode machine;
    /** The block that machine code left in, and the instruction: for who unwinds. */
    private Block left;
    private int leftAt;
    /** A jump at this site wants to be linked to the next block; -1 for none. */
    private int linking = -1;
    /** What the site belongs to: it is void when all machine code was dropped meanwhile. */
    private int linkingIn;
    /** The next block was looked for by an indirect jump. */
    private boolean jumping;
    /** A dropped block that a jump still led to. */
    private Block dropped;
    /** The one block to run, for conformance vectors. */
    private Block forced;

    /** An engine for a processor; it becomes the processor's code watch. */
    public Interpreter(Cpu c) {
        this(c, EventHandler.ARCHITECTURAL);
    }

    /** An engine that leaves events and exceptions to somebody else (tests). */
    public Interpreter(Cpu c, EventHandler handler) {
        this(c, handler, CodeCache.CAPACITY);
    }

    /**
     * An engine that keeps less code than it may.
     *
     * @param capacity weight of the blocks that all processors of the machine keep, as {@link CodeCache#CAPACITY} is
     */
    Interpreter(Cpu c, EventHandler handler, int capacity) {
        this.c = c;
        this.handler = handler;
        cache = new CodeCache(c, capacity);
        finder = new BlockFinder(c, cache);
        c.code = cache;
    }

    @Override
    public void use(EngineKind wanted, long bytes) {
        clearCode();
        machine = null;
        cache.machine = null;
        kind = wanted;
        codeCache = bytes;
    }

    /** Translates blocks after fewer entries or more, for tests. */
    void warmAfter(int entries) {
        warm = entries;
    }

    @Override
    public EngineKind kind() {
        return kind;
    }

    @Override
    public EngineStatistics statistics() {
        return machine == null ? new EngineStatistics(cache.built, 0, 0, 0, 0, 0) : new EngineStatistics(cache.built, machine.blocksTranslated(),
                machine.instructionsTranslated(), machine.bytesWritten(), machine.entries(), machine.slowExits());
    }

    /**
     * {@inheritDoc}
     *
     * <p>Runs until {@code budget} is used up: an instruction counts one, and so does every step that retires none
     * ({@link Cpu#steps}), so that no guest can keep the engine busy for nothing. Requests are looked at before each step.
     */
    @Override
    public RunResult run(long budget) {
        long end = c.progress() + budget;
        while (true) {
            if (c.returnToHost) {
                c.returnToHost = false;
                return RunResult.VM_EXIT;
            }
            if (c.requests != 0 && requested()) {
                return RunResult.REQUESTED;
            }
            long left = end - c.progress();
            try {
                if ((c.events & c.eventMask()) != 0 || c.activity != Cpu.ACTIVE) {
                    if ((c.events & Cpu.EVENT_RETURN) != 0) {
                        c.events &= ~Cpu.EVENT_RETURN;
                        return RunResult.REQUESTED;
                    }
                    if (left <= 0 && (c.events & c.eventMask()) != 0) {
                        return RunResult.BUDGET;
                    }
                    if (handler.take(c)) {
                        stepped();
                        continue;
                    }
                    if (c.activity != Cpu.ACTIVE) {
                        return c.activity == Cpu.SHUTDOWN ? RunResult.SHUTDOWN : RunResult.HALT;
                    }
                    if ((c.events & (Cpu.EVENT_DEBUG | Cpu.EVENT_SHADOW)) != 0) {
                        one();
                        continue;
                    }
                }
                if (left <= 0) {
                    return RunResult.BUDGET;
                }
                chain(c.instructions + (finder.restarted ? 1 : left));
            } catch (GuestFault f) {
                handler.raise(c, f);
                stepped();
            } catch (VmExitSignal s) {
                c.virtualization.exit(c, s);
                stepped();
            } catch (RestartSignal s) {
                finder.restarted = true;
            }
        }
    }

    /** A step that retired no instruction counts, but for an exit to a native host, which counts its exits itself. */
    private void stepped() {
        if (!c.returnToHost) {
            c.steps++;
        }
    }

    /** Does what other threads asked for; true when the engine is to return. */
    private boolean requested() {
        int requests = c.takeRequests();
        if ((requests & Cpu.REQUEST_CODE) != 0) {
            cache.drain();
        }
        return (requests & Cpu.REQUEST_RETURN) != 0;
    }

    /** Executes one instruction to its end and lets its exception out; for conformance vectors. */
    public int step() {
        while (true) {
            try {
                int outcome = blocks(c.instructions + 1, true);
                if (outcome != Outcome.YIELD) {
                    return outcome;
                }
            } catch (RestartSignal s) {
                finder.restarted = true;
            }
        }
    }

    /**
     * Executes the next {@code count} instructions, if they are in one page and in a row, as one block of machine code of their own, and lets
     * an exception out; for conformance vectors. What cannot be translated is interpreted.
     *
     * @return how many were executed
     */
    public int translated(int count) {
        forced = null;
        Block b = finder.alone(count);
        if (machine == null && !start()) {
            throw new IllegalStateException("no machine code here: " + MachineCode.refusal());
        }
        if (machine.full()) {
            machine.reset();
        }
        machine.translate(b);
        forced = b;
        try {
            int outcome = blocks(c.instructions + b.count, true);
            return outcome == Outcome.YIELD ? b.count - 1 : b.count;
        } finally {
            forced = null;
        }
    }

    /** One instruction with its debug traps and interrupt shadow. */
    private void one() {
        if (Events.beforeStep(c)) {
            stepped();
            return;
        }
        int outcome;
        try {
            outcome = blocks(c.instructions + 1, true);
        } catch (RestartSignal s) {
            finder.restarted = true;
            return;
        }
        Events.afterStep(c, outcome);
        if (outcome == Outcome.YIELD || outcome == Outcome.EXIT) {
            stepped();
        }
    }

    private void chain(long limit) {
        // lookup takes note of a restart: it builds a block of that instruction alone
        int outcome = blocks(limit, false);
        finder.restarted = false;
        if (outcome == Outcome.YIELD || outcome == Outcome.EXIT) {
            stepped();
        }
        if (outcome == Outcome.YIELD && (c.events & c.eventMask()) != 0) {
            // who comes between two iterations of a string instruction returns with RF set (SDM vol. 3B, 18.3.1.1)
            c.rflagsOther(c.rflagsOther() | Rflags.RF);
            c.raise(Cpu.EVENT_DEBUG);
        }
    }

    /**
     * Runs blocks until the limit, an event, or an outcome that somebody else must see.
     *
     * @param single leave after the first block
     */
    private int blocks(long limit, boolean single) {
        Cpu c = this.c;
        Block b = null;
        int i = 0;
        int n = 0;
        int pending = c.pendingDebug;
        cache.single = single || finder.restarted;
        left = null;
        linking = -1;
        jumping = false;
        try {
            while (true) {
                long rip = c.rip;
                long key = c.fetchKey();
                b = forced != null ? forced : finder.find(rip, key);
                cache.running = b;
                long room = limit - c.instructions;
                n = b.count;
                int r;
                if (b.translated() && n <= room && (!single || forced != null)) {
                    r = machine(b, rip, key, limit);
                    b = left;
                    n = b.count;
                    i = leftAt;
                    left = null;
                    if (r == LEFT) {
                        // RIP and the count of instructions are right
                        r = Outcome.BRANCH;
                        i = n - 1;
                    }
                } else {
                    linking = -1;
                    jumping = false;
                    if (n > room) {
                        n = (int) room;
                    }
                    c.instructions += n;
                    r = Outcome.NEXT;
                    CompiledBlock code = b.code;
                    if (code != null && n == b.count) {
                        i = COMPILED;
                        r = code.run(c);
                        i = r >>> 3;
                        r &= 7;
                    } else {
                        Op[] ops = b.ops;
                        for (i = 0; i < n; i++) {
                            r = ops[i].exec(c);
                            if (r != Outcome.NEXT) {
                                break;
                            }
                        }
                        heat(b);
                    }
                }
                if (r == Outcome.NEXT) {
                    long next = b.rip + b.offsets[n];
                    c.rip = (b.mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL;
                } else if (r == Outcome.BRANCH) {
                    c.instructions -= n - i - 1;
                } else {
                    b = null;
                    c.instructions -= n - i - (r == Outcome.HALT ? 1 : 0);
                    return r;
                }
                if ((c.events & c.eventMask() | c.requests) != 0 || single || c.instructions >= limit) {
                    b = null;
                    return r;
                }
            }
        } catch (GuestFault f) {
            if (left != null) {
                b = left;
                i = leftAt;
                n = b.count;
            }
            i = unwind(b, i, n);
            if (i >= 0) {
                OperandFaults.bySegment(c, f, b.ops[i].segment());
            }
            throw f;
        } catch (VmExitSignal | RestartSignal s) {
            if (left != null) {
                b = left;
                i = leftAt;
                n = b.count;
            }
            unwind(b, i, n);
            // what its accesses met counts when they are done
            c.pendingDebug = pending;
            throw s;
        } finally {
            cache.running = null;
        }
    }

    /** A block was interpreted: it becomes code of one kind or another when it is hot. */
    private void heat(Block b) {
        int entries = ++b.entries;
        if (kind == EngineKind.MACHINE_CODE) {
            if (entries == warm && b.valid) {
                translate(b);
            }
        } else if (entries == HOT && kind == EngineKind.COMPILED && b.valid && cache.compiles()) {
            b.code = BlockCompiler.compile(b.ops);
        }
    }

    private void translate(Block b) {
        if (machine == null && !start()) {
            return;
        }
        if (machine.full()) {
            // decoded blocks stay: where blocks end must not depend on the engine
            cache.forgetMachineCode();
            linking = -1;
            jumping = false;
        } else {
            machine.translate(b);
        }
    }

    /** Has machine code, if the host allows it; else blocks become classes of the JVM. */
    private boolean start() {
        machine = MachineCode.create(c, codeCache / c.codeShares);
        cache.machine = machine;
        if (machine == null) {
            LOG.info("no machine code: {}; hot code is compiled by the JVM", MachineCode.refusal());
            kind = EngineKind.COMPILED;
        }
        return machine != null;
    }

    /**
     * Runs machine code from a block on, and for it the instructions that it leaves to the interpreter, until something else is to be done:
     * then {@link #left} and {@link #leftAt} say where it is.
     *
     * @return {@link #LEFT} between two blocks, with RIP at the next one; else the outcome of an instruction
     */
    private int machine(Block b, long rip, long key, long limit) {
        Cpu c = this.c;
        MachineCode m = machine;
        if (linking >= 0) {
            if (linkingIn == m.generation()) {
                m.link(linking, b);
            }
            linking = -1;
        } else if (jumping) {
            m.remember(rip, key, b);
            jumping = false;
        }
        if (dropped != null) {
            if (dropped.rip == b.rip && dropped.physical == b.physical && dropped.mode == b.mode) {
                m.redirect(dropped, b);
            }
            dropped = null;
        }
        long at = m.entry(b);
        while (true) {
            long budget = Math.min(limit - c.instructions, STRETCH);
            long why = m.run(at, budget);
            c.instructions += budget - m.left();
            int site = MachineCode.site(why);
            switch (MachineCode.reason(why)) {
                case MachineCode.SLOW -> {
                    Block x = (Block) m.block(site);
                    int i = m.operation(site);
                    int n = x.count;
                    left = x;
                    cache.running = x;
                    leftAt = i;
                    int r = x.ops[i].exec(c);
                    if (r != Outcome.NEXT) {
                        return r;
                    }
                    at = m.resumeAt(site);
                    if (++i < n && at != 0 && x.valid && (c.events & c.eventMask() | c.requests) == 0 && c.fetchKey() == key && c.instructions <= limit) {
                        continue;
                    }
                    Op[] ops = x.ops;
                    for (; i < n; i++) {
                        leftAt = i;
                        r = ops[i].exec(c);
                        if (r != Outcome.NEXT) {
                            break;
                        }
                    }
                    leftAt = i;
                    return r;
                }
                case MachineCode.CHAIN -> {
                    left = (Block) m.block(site);
                    c.rip = m.linkedRip(site);
                    linking = left.valid ? site : -1;
                    linkingIn = m.generation();
                    return LEFT;
                }
                case MachineCode.LOOKUP -> {
                    left = b;
                    c.rip = m.nextRip();
                    jumping = true;
                    return LEFT;
                }
                default -> {
                    left = (Block) m.block(site);
                    c.rip = left.rip;
                    dropped = left.valid ? null : left;
                    return LEFT;
                }
            }
        }
    }

    /** Goes back to the instruction that did not end; its index, or -1 when the fetch of a block was at fault. */
    private int unwind(Block b, int at, int n) {
        if (b == null || cache.running != b) {
            return -1;
        }
        int i = at == COMPILED ? c.operation : at;
        c.instructions -= n - i;
        long rip = b.rip + b.offsets[i];
        c.rip = (b.mode & Modes.CODE64) != 0 ? rip : rip & 0xFFFFFFFFL;
        return i;
    }

    @Override
    public void clearCode() {
        cache.clear();
        finder.forget();
    }

    /** Decoded code and its counters, for tests. */
    CodeCache cache() {
        return cache;
    }
}
