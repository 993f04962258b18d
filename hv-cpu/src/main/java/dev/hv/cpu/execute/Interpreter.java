package dev.hv.cpu.execute;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.forms.BlockCompiler;
import dev.hv.cpu.forms.CompiledBlock;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PerformanceCounters;
import dev.hv.cpu.state.RestartSignal;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.VmExitSignal;
import dev.hv.cpu.translate.MachineCode;
import org.slf4j.LoggerFactory;

/**
 * Engine tier 1: runs blocks of operations. Instruction counts are exact at every return; budgets are met to the
 * instruction, so results do not depend on where blocks begin and end.
 */
public final class Interpreter implements Engine {

    /** Entries after which a block is compiled: below about this many the JVM's compilers cost more than they give. */
    private static final int HOT = Integer.getInteger("hv.hot", 20_000);
    /** Instead of an index: the block runs as compiled code. */
    private static final int COMPILED = -1;
    /** Instead of an outcome. */
    private static final int FAULTED = MachineCodeRunner.FAULTED;
    /** Entries after which a block is translated to machine code: fewer translate what is hardly run again, more interpret too long. */
    private static final int WARM = Integer.getInteger("hv.warm", 30);

    private final Cpu c;
    private final EventHandler handler;
    private final CodeCache cache;
    private final BlockFinder finder;
    private final AlignmentChecks alignment;
    private EngineKind kind = EngineKind.PREFERRED;
    private int warm = WARM;
    private MachineCodeRunner machine;
    /** Null unless the user asks for it. */
    private EngineCheck check;
    /** Row of the instruction table that the block that {@link #blocks} left last began with. */
    private int row;
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
        alignment = new AlignmentChecks(c);
        machine = new MachineCodeRunner(c, cache, CODE_CACHE);
        c.code = cache;
        if (EngineCheck.WANTED) {
            checkTranslations();
        }
    }

    /** Compares each translated block with the interpreter when it runs first. */
    EngineCheck checkTranslations() {
        check = new EngineCheck(c);
        return check;
    }

    @Override
    public void use(EngineKind wanted, long bytes) {
        clearCode();
        machine = new MachineCodeRunner(c, cache, bytes);
        kind = wanted;
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
        return machine.statistics(cache.built);
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
        PerformanceCounters counters = c.counters;
        while (true) {
            if (c.returnToHost) {
                c.returnToHost = false;
                return RunResult.VM_EXIT;
            }
            if (c.requests != 0 && requested()) {
                return RunResult.REQUESTED;
            }
            HostDebug debug = c.debug;
            if (debug != null && debug.due()) {
                debug.tell();
                continue;
            }
            if (counters.armed()) {
                counters.boundary();
            }
            long left = end - c.progress();
            boolean faulted = false;
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
                        if (debug != null) {
                            debug.interrupted();
                        }
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
                long most = counters.room(left);
                faulted = chain(c.instructions + (finder.restarted ? 1 : debug != null ? debug.most(most) : most));
            } catch (GuestFault f) {
                handler.raise(c, f);
                stepped();
            } catch (VmExitSignal s) {
                c.virtualization.exit(c, s);
                stepped();
            } catch (RestartSignal s) {
                finder.restarted = true;
            } catch (HostDebug.Signal s) {
                debug.reached();
            }
            if (faulted) {
                handler.raise(c, c.lastFault());
                stepped();
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
        if (!machine.start()) {
            throw new IllegalStateException("no machine code here: " + MachineCode.refusal());
        }
        machine.translateAlone(b);
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
        long from = c.rip;
        try {
            outcome = blocks(c.instructions + 1, true);
        } catch (RestartSignal s) {
            finder.restarted = true;
            return;
        }
        Events.afterStep(c, outcome, from, row);
        if (outcome == Outcome.YIELD || outcome == Outcome.EXIT) {
            stepped();
        }
    }

    /** Runs blocks; true when one has met {@link Cpu#lastFault}: a return and no exception, since every method that one leaves costs. */
    private boolean chain(long limit) {
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
        return outcome == FAULTED;
    }

    /**
     * Runs blocks until the limit, an event, or an outcome that somebody else must see.
     *
     * @param single leave after the first block, and let a fault out
     * @return outcome of the last instruction, or {@link #FAULTED}: RIP is at the instruction that has met {@link Cpu#lastFault}
     */
    private int blocks(long limit, boolean single) {
        Cpu c = this.c;
        Block b = null;
        int i = 0;
        int n = 0;
        int pending = c.pendingDebug;
        cache.single = single || finder.restarted;
        machine.left = null;
        machine.interpreting();
        try {
            while (true) {
                long rip = c.rip;
                long key = c.fetchKey();
                b = forced != null ? forced : finder.find(rip, key);
                cache.running = b;
                long room = limit - c.instructions;
                n = b.count;
                int r;
                boolean checked = false;
                if (b.translated() && n <= room && (!single || forced != null)) {
                    checked = check != null && check.begin(b);
                    r = machine.run(b, rip, key, checked ? c.instructions + n : limit);
                    b = machine.left;
                    n = b.count;
                    i = machine.leftAt;
                    machine.left = null;
                    if (r == MachineCodeRunner.LEFT) {
                        // RIP and the count of instructions are right
                        r = Outcome.BRANCH;
                        i = n - 1;
                    } else if (r == MachineCodeRunner.FAULTED) {
                        if (single) {
                            throw c.lastFault();
                        }
                        return faulted(c.lastFault(), b, i, n);
                    }
                } else {
                    machine.interpreting();
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
                        if (c.witness != null) {
                            witness(b, Math.min(i + 1, n));
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
                if (checked) {
                    check.end();
                }
                if ((c.events & c.eventMask() | c.requests) != 0 || single || c.instructions >= limit) {
                    row = b.row;
                    b = null;
                    return r;
                }
            }
        } catch (GuestFault f) {
            if (machine.left != null) {
                b = machine.left;
                i = machine.leftAt;
                n = b.count;
            }
            int outcome = faulted(f, b, i, n);
            if (single && outcome == FAULTED) {
                throw f;
            }
            return outcome;
        } catch (VmExitSignal | RestartSignal | HostDebug.Signal s) {
            if (machine.left != null) {
                b = machine.left;
                i = machine.leftAt;
                n = b.count;
            }
            int at = unwind(b, i, n);
            if (at >= 0 && s instanceof VmExitSignal exit) {
                exit.length = b.offsets[at + 1] - b.offsets[at];
            }
            // what its accesses met counts when they are done
            c.pendingDebug = pending;
            throw s;
        } finally {
            cache.running = null;
        }
    }

    /** An instruction of a block has faulted, or the fetch of the block. */
    private int faulted(GuestFault f, Block b, int at, int n) {
        int i = unwind(b, at, n);
        if (i >= 0 && alignment.pass(f)) {
            row = b.row;
            return alignment.exec(b.ops[i]);
        }
        if (i >= 0) {
            OperandFaults.bySegment(c, f, b.ops[i].segment());
        }
        return FAULTED;
    }

    /** A block was interpreted: it becomes code of one kind or another when it is hot. */
    private void heat(Block b) {
        int entries = ++b.entries;
        if (kind == EngineKind.MACHINE_CODE) {
            if (entries == warm && b.valid && !everyTime()) {
                if (machine.start()) {
                    machine.translate(b);
                } else {
                    // no logger before: the first one begins all of logging
                    LoggerFactory.getLogger(Interpreter.class).info("no machine code: {}; hot code is compiled by the JVM", MachineCode.refusal());
                    kind = EngineKind.COMPILED;
                }
            }
        } else if (entries == HOT && !everyTime() && kind == EngineKind.COMPILED && b.valid && cache.compiles()) {
            b.code = BlockCompiler.compile(b.ops);
        }
    }

    private boolean everyTime() {
        return c.witness != null && c.witness.everyTime();
    }

    /** The first instructions of a block have been executed. */
    private void witness(Block b, int to) {
        int from = c.witness.everyTime() ? 0 : b.witnessed;
        if (from < to && b.rows != null) {
            b.witnessed = to;
            c.witness.executed(c, finder.linear(b.rip, b.mode), b.physical, b.offsets, b.rows, from, to);
        }
    }

    /** Goes back to the instruction that did not end; its index, or -1 when the fetch of a block was at fault. */
    private int unwind(Block b, int at, int n) {
        if (b == null || cache.running != b) {
            return -1;
        }
        int i = at == COMPILED ? c.operation : at;
        if (c.witness != null && at != COMPILED) {
            witness(b, i + 1);
        }
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
