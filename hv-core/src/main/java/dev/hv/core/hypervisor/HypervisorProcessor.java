package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.guest.ExitDispatcher;
import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.hypervisor.guest.WatchedExit;
import dev.hv.core.hypervisor.hardware.LogicalCounters;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.Dispatch;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.hypervisor.schedule.RunQueue;
import dev.hv.core.machine.LogicalProcessor;
import dev.hv.core.machine.MachineLock;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.RegisterDump;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongUnaryOperator;
import org.slf4j.LoggerFactory;

/** A logical processor in the hypervisor's hands: it runs virtual processors from its queue. */
final class HypervisorProcessor implements LogicalProcessor, PhysicalProcessor {

    private static final int VERSION = 2;
    /** What an exit and the instruction carried out for it count for on the clock. */
    private static final int EXIT_INSTRUCTIONS = 1;

    /** Host time of a turn in real time after which it ends, and at which exits that is looked at: timers and others wait meanwhile. */
    private static final long LONGEST_TURN_NANOS = 5_000_000;
    private static final int EXITS_TO_LOOK = 15;
    /** Instructions in real time after which it is looked whether a time slice is over. */
    private static final int INSTRUCTIONS_TO_LOOK = 20_000;
    /** A parent that is a guest may have a processor try again as often as it likes. */
    private static final int INTERNAL_ERRORS_TOLD = 10;

    private final Processor processor;
    private final ExitDispatcher dispatcher;
    private final RunQueue<VirtualProcessor> queue;
    private final VirtualClock clock;
    private final boolean realTime;
    private final LogicalCounters counters = new LogicalCounters();
    private Interrupts interrupts = (processor, vector) -> { };
    /** Whether it runs virtual processors at all. */
    private final BooleanSupplier started;
    private MachineLock.Seat seat;
    private long exits;
    private int internalErrors;
    private boolean ended;
    private boolean inGuest;
    /** Count of instructions at which the turn ends, and whether that came nearer while guest code runs. */
    private long turnEnd;
    private boolean shortened;
    /** Whether the turn is to pause before it enters a guest again. */
    private boolean paused;
    private long turnBegan;
    /** Whose time it is, and since when on the host's clock; null between turns. */
    private VirtualProcessor current;
    private long currentSince;

    /** Takes interrupts that come to logical processors. */
    @FunctionalInterface
    interface Interrupts {
        void taken(int processor, int vector);
    }

    HypervisorProcessor(Processor processor, ExitDispatcher dispatcher, List<RunQueue<VirtualProcessor>> queues, VirtualClock clock, LongUnaryOperator slices, BooleanSupplier started) {
        this.started = started;
        this.processor = processor;
        this.dispatcher = dispatcher;
        this.clock = clock;
        realTime = clock.isReal();
        queue = new RunQueue<>(queues, this::wake, this::kick, slices);
        processor.onInterrupt(() -> {
            if (seat != null) {
                seat.rouse();
            }
        });
    }

    /** Has interrupts of devices handled, which come to this processor. */
    void onInterrupt(Interrupts handler) {
        interrupts = handler;
    }

    @Override
    public Processor processor() {
        return processor;
    }

    /** The virtual processors that run here. */
    RunQueue<VirtualProcessor> queue() {
        return queue;
    }

    @Override
    public LogicalCounters counters() {
        return counters;
    }

    @Override
    public Engine engine() {
        return processor.engine();
    }

    @Override
    public Cpu cpu() {
        return processor.cpu();
    }

    @Override
    public void connect(MachineLock.Seat newSeat) {
        seat = newSeat;
    }

    /** Somebody became ready and waits in the queue. */
    void wake() {
        seat.wake();
    }

    /** The virtual processor that runs here is to look at what has come, or is no longer to run. */
    @Override
    public void kick() {
        seat.kick();
    }

    @Override
    public void pauseAll() {
        seat.pauseAll();
    }

    @Override
    public RunResult guest(long maxInstructions) {
        long end = processor.cpu().progress() + maxInstructions;
        seat.clearKick();
        while (true) {
            RunResult result;
            seat.enterGuest();
            inGuest = true;
            try {
                result = processor.run(end - processor.cpu().progress());
            } finally {
                inGuest = false;
                seat.leaveGuest();
            }
            HostDebug debug = processor.cpu().debug;
            if (debug != null && debug.kept()) {
                debug.tellKept();
                if (result == RunResult.REQUESTED && !seat.kicked() && !ended) {
                    continue;
                }
            }
            if (result != RunResult.REQUESTED || seat.kicked() || ended) {
                return result;
            }
            if (shortened) {
                // the guest does not leave its code for that
                shortened = false;
                end = Math.min(end, processor.cpu().progress() + turnEnd - instructions());
                continue;
            }
            // others pause this processor for a moment now and then; without others it was the machine, whose time is over
            if (!seat.shared()) {
                ended = true;
                return result;
            }
        }
    }

    @Override
    public TurnEnd run(long maxInstructions) {
        turnEnd = instructions() + maxInstructions;
        ended = false;
        shortened = false;
        paused = false;
        turnBegan = realTime ? clock.workNanos() : 0;
        return turn();
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public TurnEnd resume() {
        currentSince = clock.hostNanos();
        return turn();
    }

    private TurnEnd turn() {
        while (!ended) {
            if (paused) {
                paused = false;
                settle();
                return TurnEnd.PAUSED;
            }
            long left = turnEnd - instructions();
            if (left <= 0) {
                break;
            }
            takeInterrupts();
            VirtualProcessor turn = started.getAsBoolean() ? queue.pick() : null;
            VirtualProcessor vp = turn == null ? null : turn.scheduling().dispatch().runner();
            if (vp != current) {
                settle();
                current = vp;
                if (vp != null && dispatcher.watch() != null) {
                    dispatcher.watch().running(processor.cpu().index, vp.partitionId(), vp.index());
                }
            }
            if (vp == null) {
                counters.idle();
                return TurnEnd.IDLE;
            }
            if (counters.runs(vp.partitionId(), vp.index())) {
                vp.counters().dispatched();
            }
            long before = instructions();
            boolean timed = realTime && queue.contended();
            long start = timed ? clock.workNanos() : 0;
            long most = Math.min(left, queue.left());
            long slice = turn.scheduling().dispatch().left();
            if (slice != Dispatch.UNLIMITED) {
                most = realTime ? Math.min(most, INSTRUCTIONS_TO_LOOK) : clock.instructionsUntil(clock.nanos() + slice, most);
            }
            long had = vp.scheduling().runtimeNanos();
            try {
                VmExit exit = vp.run(this, timed ? Math.min(most, vp.scheduling().pace().most()) : most);
                if (exit != null) {
                    dispatch(vp, exit);
                }
            } catch (RuntimeException e) {
                if (internalErrors++ < INTERNAL_ERRORS_TOLD) {
                    // no logger before: the first one begins all of logging
                    LoggerFactory.getLogger(HypervisorProcessor.class).error("internal error in virtual processor {} of partition {}", vp.index(), vp.partition().id(), e);
                }
                vp.fail(VpStop.Reason.INTERNAL_ERROR, e.toString());
            }
            if (vp != turn) {
                turn.scheduling().dispatch().charge(vp, vp.scheduling().runtimeNanos() - had);
            }
            exits += EXIT_INSTRUCTIONS;
            if (realTime && (exits & EXITS_TO_LOOK) == 0 && clock.workNanos() - turnBegan > LONGEST_TURN_NANOS) {
                ended = true;
            }
            long ran = instructions() - before;
            queue.charge(timed ? vp.scheduling().pace().charge(ran, clock.workNanos() - start) : ran);
        }
        settle();
        current = null;
        return TurnEnd.BUDGET;
    }

    /** What the hypervisor's own handlers would do: takes the interrupts that have come to this processor, which are devices'. */
    private void takeInterrupts() {
        LocalApic apic = processor.apic();
        while (apic.pending() >= 0) {
            int vector = apic.acknowledge();
            apic.endOfInterrupt();
            counters.interrupt();
            interrupts.taken(cpu().index, vector);
        }
    }

    private void dispatch(VirtualProcessor vp, VmExit exit) {
        GuestWatch watch = dispatcher.watch();
        if (watch == null) {
            dispatcher.dispatch(vp, exit);
            return;
        }
        var seen = new WatchedExit(exit, vp.context());
        watch.exited(vp.partitionId(), vp.index(), seen);
        dispatcher.dispatch(vp, exit);
        watch.handled(vp.partitionId(), vp.index(), seen);
    }

    @Override
    public void injected(EventKind kind, int vector) {
        GuestWatch watch = dispatcher.watch();
        if (watch != null) {
            watch.interrupted(current.partitionId(), current.index(), kind, vector);
        }
    }

    /** Charges the host's time until now to the virtual processor whose turn it is; asked only when that changes, not for every exit. */
    void settle() {
        long now = clock.hostNanos();
        if (current != null) {
            current.scheduling().chargeHost(now - currentSince);
        }
        currentSince = now;
    }

    /** Ends the turn after the exit that is being handled, in parallel mode perhaps one that this brings about; or after the guest's access to a device of its own that is being made. */
    @Override
    public void endTurn() {
        ended = true;
        seat.kick();
        if (inGuest && !seat.shared()) {
            cpu().raise(Cpu.EVENT_RETURN);
        }
    }

    @Override
    public void shorten(long instructions) {
        if (!inGuest) {
            endTurn();
            return;
        }
        turnEnd = Math.min(turnEnd, instructions() + instructions);
        shortened = true;
        cpu().raise(Cpu.EVENT_RETURN);
    }

    @Override
    public void rest() {
        processor.rest();
    }

    @Override
    public String describe() {
        return RegisterDump.of(processor.cpu());
    }

    /** Instructions retired by guests, and one for every step without one and every exit: they make the time pass too. */
    @Override
    public long instructions() {
        return processor.cpu().progress() + exits;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("hypervisor-processor", VERSION);
        processor.save(out);
        out.put("exits", exits);
        counters.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("hypervisor-processor", VERSION);
        processor.restore(in);
        exits = in.take();
        counters.restore(in);
        in.end();
    }
}
