package dev.hv.core.machine;

import dev.hv.core.machine.LogicalProcessor.TurnEnd;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Entropy;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The computer: memory, bus, clock and processors, and the loop that runs them. In lockstep, on the calling thread: every
 * processor in turn executes instructions until the next timer or the end of its quantum; timers fire and work posted by
 * host threads runs between turns, so nothing here needs a lock. When all processors are idle, the clock goes on to the next
 * timer. In parallel, in real time only: every processor on a thread of its own, and all but guest code under {@link MachineLock}.
 *
 * <p>"On the machine's thread" is said of what is never called by two threads at once: in lockstep by the thread that called
 * {@link #run}, in parallel by whoever holds the machine's lock, that thread or a processor's.
 */
public final class Machine implements PowerControl, HostWork.Source, Saveable {

    /** Longest turn when there is one processor: bounds the delay of posted work. */
    private static final long LONGEST_TURN = 500_000;
    /** Longest turn in real time: timers are looked at after it. */
    private static final long LONGEST_REAL_TURN = 20_000;
    /** Turn of each of several processors: short, so that spinning on a lock wastes little. */
    private static final long QUANTUM = 2_000;
    /** Longest sleep, so that limits are looked at. */
    static final long LONGEST_SLEEP = 100_000_000L;

    private static final int VERSION = 3;

    private final SystemBus bus;
    private final VirtualClock clock;
    private final List<LogicalProcessor> processors = new ArrayList<>();
    private final Engines engines = new Engines(processors);
    private final List<Saveable> parts = new ArrayList<>();
    private final Queue<Runnable> posted = new ConcurrentLinkedQueue<>();
    private final Border border;
    private final MachineRest rest;
    private final boolean parallel;
    private final MachineLock lock;
    /** Runs an action alone: one object for all processors. */
    private final Consumer<Runnable> exclusive;
    private final List<MachineLock.Seat> seats = new ArrayList<>();
    /** Runs the processors; null in lockstep. */
    private final ParallelMode parallelMode;
    private final WorkTurns work;
    private final Interleaving interleaving = new Interleaving();
    private volatile Thread thread;
    private LogicalProcessor running;
    private StopReason stop;
    private int busy = 1;
    private long turns;
    private long rounds;
    /** The first half of the round has been before the state was saved that this goes on from. */
    private boolean resumed;
    /** The run's limit of the host's time is reached. Set by another thread, too. */
    private volatile boolean timeOver;

    /** A machine without processors, run in lockstep. */
    public Machine(SystemBus bus, VirtualClock clock) {
        this(bus, clock, false);
    }

    /**
     * A machine without processors.
     *
     * @param parallel whether processors run at the same time, a host thread each
     * @throws IllegalArgumentException for a parallel machine in virtual time, or with a journal
     */
    public Machine(SystemBus bus, VirtualClock clock, boolean parallel) {
        if (parallel && clock.journal().exact()) {
            throw new IllegalArgumentException("what processors do that run at the same time cannot be recorded");
        }
        if (parallel && !clock.isReal()) {
            throw new IllegalArgumentException("processors run in parallel in real time only");
        }
        this.bus = bus;
        this.clock = clock;
        this.parallel = parallel;
        border = new Border(clock.journal(), this::wake);
        lock = new MachineLock(parallel);
        parallelMode = parallel ? new ParallelMode(this, lock, processors, seats) : null;
        rest = new MachineRest(clock, processors);
        exclusive = lock::exclusive;
        work = new WorkTurns(clock, () -> timeOver, this::workLeft);
        bus.memory().setParallel(parallel);
        clock.onEarlier(this::earlier);
        clock.onEarlierLook(this::lookEarlier);
    }

    /** Memory and devices. */
    public SystemBus bus() {
        return bus;
    }

    /** The clock. */
    public VirtualClock clock() {
        return clock;
    }

    /** The cores of its processors, in the order of their addition. */
    public List<Cpu> processors() {
        return processors.stream().map(LogicalProcessor::cpu).toList();
    }

    /** Adds a processor; turns go round in the order of addition. */
    public void add(LogicalProcessor processor) {
        processors.add(processor);
        processors.forEach(p -> p.cpu().codeShares = processors.size());
        var seat = lock.seat(processor.cpu());
        seats.add(seat);
        processor.connect(seat);
        if (parallel) {
            processor.cpu().parallel = true;
            processor.cpu().exclusive = exclusive;
        }
        if (processors.size() == 2) {
            bus.memory().onCode(exclusive, this::codeFound);
        }
    }

    /** Seeds the random numbers of all processors, which are otherwise those of {@link Entropy#DEFAULT_SEED}. Equal seeds give equal numbers. */
    public void seed(long seed) {
        processors.forEach(p -> Entropy.seed(p.cpu(), seed));
    }

    /** How long processors run before the next one's turn. */
    public Interleaving interleaving() {
        return interleaving;
    }

    /** From now on a page's code is watched: nobody goes on writing to it directly. */
    private void codeFound(long page) {
        for (int i = 0; i < processors.size(); i++) {
            processors.get(i).cpu().tlb.watch(page);
        }
    }

    /** A timer is due before all others. */
    private void earlier() {
        if (parallel) {
            wake();
        } else if (clock.isReal()) {
            endTurn();
        } else if (running != null) {
            running.shorten(clock.instructionsUntil(clock.nextDeadline(), LONGEST_TURN));
        }
    }

    /** Adds a device or controller to what is saved and digested, in the order of addition. */
    public void addState(Saveable part) {
        parts.add(part);
    }

    /** Guests that have a share of the host's work. */
    public int workShares() {
        return work.shares();
    }

    @Override
    public HostWork work(Runnable goOn) {
        return work.add(goOn);
    }

    /** Work for a guest waits for the next turn. */
    private void workLeft() {
        endTurn();
        if (parallel) {
            lock.yield();
            earlier();
        }
    }

    /** Where everything from outside enters. */
    public Outside outside() {
        return border;
    }

    /** Where the machine is, for a journal: in the round that it has begun. */
    public Journal.Mark mark() {
        return border.mark(rounds);
    }

    /** Goes on, restored and equally built, where another machine looked at itself at rest. */
    public void resume(Journal.Mark mark) {
        rounds = mark.round();
        border.resume(mark.made());
        resumed = true;
    }

    /**
     * Has an action run by the thread that called {@link #run}, between turns or before the first. Safe from any thread; but what comes from outside and guests notice enters through {@link #outside}, or a recorded run could not be repeated.
     */
    public void post(Runnable action) {
        posted.add(action);
        wake();
    }

    private void wake() {
        Thread t = thread;
        if (t != null) {
            LockSupport.unpark(t);
        }
    }

    /**
     * Has an action run at rest, soon: between two turns of every processor, no timer due, nothing in hardware's own form that has an owner elsewhere. It may save the machine or stop it; time stands still meanwhile. On the machine's thread.
     */
    public void whenAtRest(Runnable action) {
        rest.ask(action);
        if (parallel) {
            earlier();
        } else {
            endTurn();
        }
    }

    /** Has an action look at the machine as it is, when turns end anyway, or at once from a timer of {@link VirtualClock#watched}: what the machine does is not changed by that, to the instruction. On the machine's thread, or by {@link #post}. */
    public void look(Runnable action) {
        rest.see(action);
        wake();
    }

    /** A look is due before all others. */
    private void lookEarlier() {
        if (running != null) {
            running.pause();
        }
    }

    /** Brings the machine, which does not run, to rest, so that it can be saved or looked at. */
    public void settle() {
        rest.enter();
    }

    /** Has an action run whenever the machine is brought to rest, before the logical processors rest, in the order of addition. */
    public void onRest(Runnable action) {
        rest.before(action);
    }

    /** Has an action bring up to date what others are to see, changing nothing, whenever somebody looks at the machine so. */
    public void onLook(Runnable action) {
        rest.beforeLooks(action);
    }

    private void endTurns() {
        processors.forEach(LogicalProcessor::endTurn);
    }

    /** Ends the run when the current instruction ends; the first reason given counts. On the machine's thread. */
    public void stop(StopReason reason) {
        if (stop == null) {
            stop = reason;
        }
        endTurn();
        if (parallel) {
            endTurns();
            lock.wakeAll();
            earlier();
        }
    }

    @Override
    public void powerOff() {
        stop(StopReason.of(StopReason.Kind.POWER_OFF));
    }

    @Override
    public void reset() {
        stop(StopReason.of(StopReason.Kind.RESET));
    }

    @Override
    public void debugExit(int value) {
        stop(new StopReason(StopReason.Kind.DEBUG_EXIT, value, ""));
    }

    private void endTurn() {
        if (running != null) {
            running.endTurn();
        }
    }

    /**
     * Runs until something stops the machine.
     *
     * @return the reason; a later call goes on from there
     */
    public StopReason run(RunLimits limits) {
        thread = Thread.currentThread();
        stop = null;
        long limit = limits.instructions() == Long.MAX_VALUE ? Long.MAX_VALUE : instructions() + limits.instructions();
        timeOver = false;
        TimeWatch watch = parallel || border.journal().exact() || limits.hostNanos() == Long.MAX_VALUE ? null : new TimeWatch(clock, limits.hostNanos(), processors, () -> timeOver = true);
        try {
            if (parallel) {
                return parallelMode.run(limits.hostNanos(), limit);
            }
            while (true) {
                betweenTurns(limits.hostNanos(), limit);
                if (stop != null) {
                    return stop;
                }
                if (!round(limit) && stop == null && !moreWaits()) {
                    idle(limits.hostNanos());
                }
            }
        } finally {
            thread = null;
            if (watch != null) {
                watch.end();
            }
        }
    }

    /** Why the run ends; null while it goes on. On the machine's thread. */
    public StopReason stopped() {
        return stop;
    }

    /** Whether there is more to do before the next turn. */
    boolean moreWaits() {
        return work.waiting() || border.waits(!posted.isEmpty());
    }

    /** A processor's turn has ended. */
    void countTurn() {
        turns++;
    }

    /** What happens between turns: work of the host, timers, a look at rest, limits. */
    void betweenTurns(long hostLimit, long limit) {
        boolean look = !resumed && border.journal().round(this, ++rounds);
        // what comes meanwhile has its turn later: whoever posts without end must not keep this thread
        for (int n = posted.size(); n > 0; n--) {
            posted.remove().run();
        }
        if (!resumed) {
            border.take();
            clock.fireDue();
            timeOver |= border.journal().over(clock.hostNanos() >= hostLimit);
        }
        resumed = false;
        // before the work that waits goes on: a machine that was restored begins with that
        if (look || rest.asked()) {
            if (parallel) {
                lock.atRest(this::endTurns, rest::give);
            } else {
                rest.give();
            }
        }
        rest.look();
        work.renew();
        if (stop == null && timeOver) {
            stop(StopReason.of(StopReason.Kind.TIME_LIMIT));
        }
        if (stop == null && instructions() >= limit) {
            stop(StopReason.of(StopReason.Kind.INSTRUCTION_LIMIT));
        }
    }

    /** A turn for every processor; false when none of them had anything to do. */
    private boolean round(long limit) {
        boolean several = processors.size() > 1;
        long usual = clock.isReal() ? LONGEST_REAL_TURN : several || work.waiting() ? QUANTUM : LONGEST_TURN;
        long before = instructions();
        int share = Math.max(1, busy);
        busy = 0;
        boolean idle = true;
        for (LogicalProcessor p : processors) {
            long longest = several ? interleaving.length(usual) : usual;
            long left = limit == Long.MAX_VALUE ? longest : Math.min(longest, limit - instructions());
            if (left <= 0) {
                break;
            }
            running = p;
            clock.beginTurn(p, share);
            TurnEnd end = p.run(clock.instructionsUntil(clock.nextDeadline(), left));
            while (end == TurnEnd.PAUSED) {
                rest.look();
                end = p.resume();
            }
            clock.endTurn();
            running = null;
            countTurn();
            idle &= end == TurnEnd.IDLE;
            if (end == TurnEnd.BUDGET) {
                busy++;
            }
            if (end == TurnEnd.SHUTDOWN) {
                stop(new StopReason(StopReason.Kind.CRASH, 0, p.describe()));
            }
            if (stop != null) {
                return true;
            }
        }
        return !idle || instructions() != before;
    }

    private void idle(long hostLimit) {
        long deadline = clock.nextDeadline();
        if (clock.isReal()) {
            clock.sleepUntil(deadline, Math.min(LONGEST_SLEEP, Math.max(0, hostLimit - clock.hostNanos())));
        } else if (deadline != Long.MAX_VALUE || clock.nextLook() != Long.MAX_VALUE) {
            rest.idleUntil(deadline);
        } else if (!border.replays()) {
            // no timer will ever wake this machine: only the host can
            clock.parkHost(Math.min(LONGEST_SLEEP, Math.max(0, hostLimit - clock.hostNanos())));
        }
    }

    /** Instructions of all processors so far. */
    public long instructions() {
        long n = 0;
        for (LogicalProcessor p : processors) {
            n += p.instructions();
        }
        return n;
    }

    /** What executes the processors' code. */
    public Engines engines() {
        return engines;
    }

    /** The counters now. */
    public MachineStatistics statistics() {
        return new MachineStatistics(instructions(), clock.nanos(), clock.idleNanos(), clock.hostNanos(), turns, clock.timersFired(), bus.memory().committedBytes());
    }

    /** Digest of all state, in hexadecimal. The machine does not run; it is brought to rest. */
    public String digest() {
        settle();
        StateDigest d = new StateDigest();
        bus.memory().save(d);
        save(d);
        return d.hex();
    }

    /** Writes a section of the machine's own and those of its parts, at rest. Memory is saved by itself, and restored before. */
    @Override
    public void save(StateWriter out) {
        out.begin("machine", VERSION);
        clock.save(out);
        out.put("processors-count", processors.size());
        int number = 0;
        for (LogicalProcessor p : processors) {
            out.item("processor", number++);
            p.save(out);
        }
        out.endItems();
        out.put("busy", busy);
        interleaving.save(out);
        out.end();
        for (Saveable part : parts) {
            part.save(out);
        }
    }

    @Override
    public void restore(StateReader in) {
        in.begin("machine", VERSION);
        clock.restore(in);
        if (in.take() != processors.size()) {
            throw new StateFormatException("other logical processors than the " + processors.size() + " of this machine");
        }
        for (LogicalProcessor p : processors) {
            p.restore(in);
        }
        busy = (int) in.take();
        interleaving.restore(in);
        in.end();
        for (Saveable part : parts) {
            part.restore(in);
        }
        clock.restored();
    }
}
