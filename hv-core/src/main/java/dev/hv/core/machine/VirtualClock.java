package dev.hv.core.machine;

import dev.hv.cpu.ProcessorClock;
import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.concurrent.locks.LockSupport;

/**
 * The machine's one clock. In virtual time, instructions make the time pass at a fixed rate and idle time is skipped: two
 * equal runs see equal times. In real time it follows the host. Timers fire in order of their deadlines, equal deadlines in
 * order of arming. The only place that reads host time or sleeps.
 */
public final class VirtualClock implements Clock, ProcessorClock, Saveable {

    /** Default of virtual time: picoseconds an instruction takes. */
    public static final long DEFAULT_PICOS_PER_INSTRUCTION = 10_000;

    /** What a battery-backed clock says at power-on in virtual time, so that runs can be repeated: 2023-11-14, in seconds since 1970. */
    public static final long EPOCH = 1_700_000_000L;

    private static final int VERSION = 2;

    /** The running processor's count of instructions. */
    @FunctionalInterface
    public interface InstructionCounter {
        /** Instructions since power-on, never falling. */
        long instructions();
    }

    private final boolean real;
    private final long picosPerInstruction;
    private final long tscHz;
    private long bootEpochSeconds;
    private final TimerQueue timers = new TimerQueue(true);
    /** In virtual time those whose actions only look at the machine. */
    private final TimerQueue looks = new TimerQueue(false);

    private long nanos;
    /** Picoseconds, below a nanosecond, not yet in {@link #nanos}. */
    private long picos;
    /** Latest time told: a processor counts a block's instructions when it enters it and takes some back when it leaves early. */
    private long latest;
    private InstructionCounter counter = () -> 0;
    private long counted;
    private long share = 1;
    private long skipped;
    /** In real time: host nanoseconds at time 0. */
    private long hostStart;
    /** In a recorded run in real time: the time that was read last. */
    private long seen;
    /** In real time: the time while the clock is held; else negative. */
    private long held = -1;
    private final Journal journal;
    /** Host nanoseconds when this was made. */
    private final long made = System.nanoTime();

    private VirtualClock(boolean real, long picosPerInstruction, long tscHz, long bootEpochSeconds, Journal journal) {
        if (picosPerInstruction <= 0 || tscHz <= 0 || tscHz > 9 * SECOND) {
            throw new IllegalArgumentException("clock rate out of range");
        }
        this.real = real;
        this.picosPerInstruction = picosPerInstruction;
        this.tscHz = tscHz;
        this.bootEpochSeconds = bootEpochSeconds;
        this.journal = journal;
        hostStart = real ? hostTime() : made;
    }

    /**
     * A clock of virtual time.
     *
     * @param picosPerInstruction how long an instruction takes
     * @param tscHz rate of the time-stamp counter, at most 9 GHz
     * @param bootEpochSeconds what a battery-backed clock says at power-on, so that runs can be repeated
     */
    public static VirtualClock virtual(long picosPerInstruction, long tscHz, long bootEpochSeconds) {
        return virtual(picosPerInstruction, tscHz, bootEpochSeconds, Journal.LIVE);
    }

    /**
     * A clock of virtual time.
     *
     * @param journal sees everything that enters the machine from outside
     */
    public static VirtualClock virtual(long picosPerInstruction, long tscHz, long bootEpochSeconds, Journal journal) {
        return new VirtualClock(false, picosPerInstruction, tscHz, bootEpochSeconds, journal);
    }

    /** A clock that follows the host, its date included. */
    public static VirtualClock real(long tscHz) {
        return real(tscHz, Journal.LIVE);
    }

    /**
     * A clock that follows the host.
     *
     * @param journal sees everything that enters the machine from outside, the host's time among it
     */
    public static VirtualClock real(long tscHz, Journal journal) {
        return new VirtualClock(true, DEFAULT_PICOS_PER_INSTRUCTION, tscHz, journal.answer(() -> System.currentTimeMillis() / 1000), journal);
    }

    /** The host's clock where the guest can notice it. */
    private long hostTime() {
        return journal.nanoTime(System::nanoTime);
    }

    /** What sees everything that enters the machine from outside, the host's time among it. */
    Journal journal() {
        return journal;
    }

    /** Whether the clock follows the host. */
    public boolean isReal() {
        return real;
    }

    /** Host nanoseconds since the clock was made, for limits on wall time and whatever else no guest notices. */
    public long hostNanos() {
        return System.nanoTime() - made;
    }

    /** In real time: nanoseconds of the host for budgets of work, which guests notice. */
    public long workNanos() {
        return hostTime();
    }

    @Override
    public long nanos() {
        if (real) {
            // read by several threads: the host's clock itself never goes back
            if (held >= 0) {
                return held;
            }
            long now = hostTime() - hostStart;
            if (journal.exact()) {
                seen = now;
            }
            return now;
        }
        long now = nanos + (picos + (counter.instructions() - counted) * picosPerInstruction / share) / 1000;
        latest = Math.max(latest, now);
        return latest;
    }

    /**
     * The time for whoever only watches, such as traces: looking changes nothing. In a recorded run or a replay in real time it is the time that
     * the machine has read last.
     */
    public long seenNanos() {
        if (real) {
            return journal.exact() ? seen : nanos();
        }
        return Math.max(latest, nanos + (picos + (counter.instructions() - counted) * picosPerInstruction / share) / 1000);
    }

    /**
     * This clock for whoever only watches. In virtual time no turn ends for its timers, so that nothing of what the machine does is changed by them: an action runs at its deadline when no processor does then, otherwise between two rounds of turns; one
     * that is armed within a turn for that very time as soon as the processor leaves its guest's code.
     */
    public Clock watched() {
        return new Clock() {
            @Override
            public long nanos() {
                return seenNanos();
            }

            @Override
            public long bootEpochSeconds() {
                return bootEpochSeconds;
            }

            @Override
            public Timer timer(String name, Runnable action) {
                // in real time no two runs are equal anyway
                return (real ? timers : looks).timer(name, action);
            }
        };
    }

    @Override
    public long bootEpochSeconds() {
        return bootEpochSeconds;
    }

    @Override
    public long picosPerStep() {
        return picosPerInstruction;
    }

    @Override
    public long tsc() {
        return Ticks.after(nanos(), tscHz);
    }

    @Override
    public ApicClock.Alarm alarm(String name, Runnable action) {
        return timers.timer(name, action);
    }

    @Override
    public long nanosAtTsc(long tsc) {
        return tsc < 0 || tsc / tscHz >= Long.MAX_VALUE / SECOND - 1 ? Long.MAX_VALUE : Ticks.nanos(tsc, tscHz);
    }

    /** Called when a timer is armed for a time before all others: the time to run may have become shorter. */
    public void onEarlier(Runnable action) {
        timers.onEarlier(action);
    }

    /**
     * A processor starts its turn: from here on its instructions make the time pass.
     *
     * @param processors how many processors share this stretch of time, taking turns; each one's instructions count that much less
     */
    public void beginTurn(InstructionCounter processor, int processors) {
        counter = processor;
        counted = processor.instructions();
        share = processors;
    }

    /** The processor's turn ends. */
    public void endTurn() {
        long now = counter.instructions();
        picos += (now - counted) * picosPerInstruction / share;
        counted = now;
        if (!real) {
            nanos += picos / 1000;
        }
        picos %= 1000;
    }

    /** Instructions of the current turn until {@code deadline}: at least 1, at most {@code limit}; in real time always the limit. */
    public long instructionsUntil(long deadline, long limit) {
        long left = deadline - nanos();
        if (real || left >= limit * picosPerInstruction / 1000 / share) {
            return limit;
        }
        return Math.clamp(Math.ceilDiv(left * 1000 * share, picosPerInstruction), 1, limit);
    }

    /** Called when a look is to come before all others. */
    void onEarlierLook(Runnable action) {
        looks.onEarlier(action);
    }

    /** When the next look is to come in virtual time, or {@link Long#MAX_VALUE}. */
    long nextLook() {
        return looks.nextDeadline();
    }

    /** Whether the time of a look has come. */
    boolean looksDue() {
        return looks.nextDeadline() != Long.MAX_VALUE && looks.nextDeadline() <= seenNanos();
    }

    /** Runs the actions of all looks that are due. */
    void fireLooks() {
        looks.fireDue(seenNanos());
    }

    /** Deadline of the next timer, or {@link Long#MAX_VALUE}. */
    public long nextDeadline() {
        return timers.nextDeadline();
    }

    /** Timers that are armed. */
    public int armedTimers() {
        return timers.armed();
    }

    /** Runs the actions of all timers that are due. */
    public void fireDue() {
        timers.fireDue(nanos());
    }

    /** Nothing runs before {@code deadline}: virtual time jumps there at once. */
    public void idleUntil(long deadline) {
        long now = nanos();
        if (deadline <= now) {
            return;
        }
        skipped += deadline - now;
        nanos += deadline - now;
    }

    /**
     * In real time: sleeps until {@code deadline}, until the thread is unparked, or until so much time of the host has passed.
     *
     * @param most nanoseconds of the host
     */
    void sleepUntil(long deadline, long most) {
        long now = nanos();
        if (deadline <= now) {
            return;
        }
        // how long it may sleep is the host's matter: nothing but the time afterwards depends on it
        if (!journal.replays()) {
            LockSupport.parkNanos(this, Math.min(deadline - now, most));
        }
        skipped += nanos() - now;
    }

    /** Counts host time in which nothing ran although this clock was not what waited: in parallel mode every processor sleeps for itself. */
    void countIdle(long hostNanos) {
        skipped += hostNanos;
    }

    /** Sleeps until the thread is unparked, at most {@code hostNanos} of host time; virtual time stands still meanwhile. */
    public void parkHost(long hostNanos) {
        LockSupport.parkNanos(this, hostNanos);
    }

    /** Nanoseconds spent idle. */
    public long idleNanos() {
        return skipped;
    }

    /** Timers fired so far. */
    public long timersFired() {
        return timers.fired();
    }

    /** How many of them came more than 10 ms after their deadline: in real time, when the machine is too slow for its guests. */
    public long timersLate() {
        return timers.late();
    }

    @Override
    public Timer timer(String name, Runnable action) {
        return timers.timer(name, action);
    }

    /** Stands still, in real time too, until {@link #release}: whoever looks at the machine sees one moment. No processor runs meanwhile. */
    void hold() {
        if (real) {
            held = nanos();
        }
    }

    /** Goes on; real time has passed meanwhile. */
    void release() {
        held = -1;
    }

    /** Does something for which no time passes, in real time either: a debugger's stop. No processor runs meanwhile. A recording knows nothing of it: there time is what is read, when it is read. */
    public void standStill(Runnable action) {
        long began = System.nanoTime();
        held = real ? seenNanos() : held;
        try {
            action.run();
        } finally {
            release();
            if (real && !journal.exact()) {
                hostStart += System.nanoTime() - began;
            }
        }
    }

    /** Time alone: timers are saved by their owners. */
    @Override
    public void save(StateWriter out) {
        out.begin("clock", VERSION);
        out.put("nanos", real ? nanos() : nanos);
        out.put("picos", picos);
        out.put("latest", latest);
        out.put("boot-epoch-seconds", bootEpochSeconds);
        out.put("skipped", skipped);
        out.put("sequence", timers.sequence());
        out.end();
    }

    /** Sets the time; in real time it goes on from there, and power-on moves so that the date is the host's. */
    @Override
    public void restore(StateReader in) {
        in.begin("clock", VERSION);
        nanos = in.take();
        picos = in.take();
        latest = in.take();
        bootEpochSeconds = in.take();
        skipped = in.take();
        timers.restoreSequence(in.take());
        in.end();
        hostStart = (real ? hostTime() : System.nanoTime()) - nanos;
        counted = counter.instructions();
        if (real && !journal.resumes()) {
            bootEpochSeconds = journal.answer(() -> System.currentTimeMillis() / 1000) - nanos / SECOND;
        }
    }

    /** A state is restored from here on, which a replay may go on from. */
    public void resume() {
        journal.resume();
    }

    /** All timers have been restored: those armed from now on come behind them. */
    public void restored() {
        timers.restored();
    }
}
