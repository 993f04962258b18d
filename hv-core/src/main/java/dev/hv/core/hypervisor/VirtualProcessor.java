package dev.hv.core.hypervisor;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.synic.Synic;
import dev.hv.core.tlfs.CrashReport;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicConfig;
import dev.hv.cpu.apic.ApicEvents;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.RegisterDump;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Segment;
import java.util.List;

/**
 * A virtual processor: its registers, its virtual local APIC, what it waits for, and when it runs. While it runs, most of its
 * registers live in its {@link HardwareContext}; {@link #registers} holds them otherwise, and always those that hardware
 * virtualisation does not know.
 */
public final class VirtualProcessor implements Saveable {

    /** What keeps it from running. */
    private enum Activity {
        ACTIVE,
        HALTED,
        /** It read GUEST_IDLE: the arrival of an interrupt ends it, even of one that is disabled or that priorities hold back. */
        IDLE,
        WAIT_FOR_SIPI
    }

    private static final int VERSION = 2;

    private final Partition partition;
    private final int index;
    private final Cpu registers;
    private final LocalApic apic;
    private final GuestBus bus;
    private final VmExit exit = new VmExit();
    private final Pace pace = new Pace();
    private RunQueue queue;
    private final PartitionClock time;
    private final GuestCaller caller;
    private HardwareContext context;
    private SyntheticProcessor synthetic;
    private List<Overlay> overlays = List.of();
    private InstructionEmulator emulator;
    private Activity activity;
    private boolean ended;
    private boolean suspended = true;
    private boolean nmi;
    private boolean init;
    private int startupVector = -1;
    private long exits;
    private long runtimeNanos;
    private long instructionsEmulated;
    private long hostNanos;
    private long hypercalls;

    /**
     * A virtual processor after power-on, suspended. Processor 0 is the bootstrap processor; the others wait for a start-up
     * interrupt.
     *
     * @param queue run queue of the logical processor it runs on first
     */
    VirtualProcessor(Partition partition, int index, SystemMemory memory, VirtualClock clock, RunQueue queue) {
        this.partition = partition;
        this.index = index;
        this.queue = queue;
        bus = new GuestBus(this, memory);
        caller = new GuestCaller(this, memory);
        registers = new Cpu(index, partition.model(), bus);
        registers.ports = bus;
        registers.numericErrors = bus;
        time = new PartitionClock(clock, this);
        registers.time = () -> clock.tsc() + partition.tscOffset();
        var model = partition.model();
        var config = new ApicConfig(index, index == 0, model.physicalBits(), model.has(Feature.X2APIC), model.has(Feature.TSC_DEADLINE),
                Processor.APIC_NANOS_PER_TICK);
        apic = new LocalApic(config, time, partition.router(), new Signals(), this::acknowledgeExternal);
        registers.apic = apic;
        Reset.powerOn(registers);
        activity = index == 0 ? Activity.ACTIVE : Activity.WAIT_FOR_SIPI;
    }

    private int acknowledgeExternal() {
        // without an interrupt controller the bus floats: all ones is what a PC then reads as vector
        return partition.handler() == null ? 0xFF : partition.handler().acknowledgeExternalInterrupt() & 0xFF;
    }

    Partition partition() {
        return partition;
    }

    int index() {
        return index;
    }

    LocalApic apic() {
        return apic;
    }

    /** Address spaces for instructions that the hypervisor carries out. */
    GuestBus bus() {
        return bus;
    }

    /** Registers; up to date after {@link HardwareContext#store}. */
    Cpu registers() {
        return registers;
    }

    /** Reads a register by its name in the TLFS; null for one that does not exist. */
    HvRegisterValue register(int name) {
        if (name == HvRegister.GUEST_OS_ID) {
            GuestInterface guest = partition.guestInterface();
            return guest == null ? null : HvRegisterValue.of(guest.guestOsId());
        }
        context.store();
        return CpuRegisters.get(registers, name);
    }

    /** Writes a register by its name in the TLFS. */
    HvStatus setRegister(int name, HvRegisterValue value) {
        context.store();
        HvStatus status = CpuRegisters.set(registers, name, value);
        context.load();
        return status;
    }

    HardwareContext context() {
        return context;
    }

    void setContext(HardwareContext newContext) {
        context = newContext;
    }

    /** How fast it uses up its time slices. */
    Pace pace() {
        return pace;
    }

    /** It as maker of hypercalls. */
    GuestCaller caller() {
        return caller;
    }

    /** What the hypervisor's interface gives it; null in a partition that is not enlightened. */
    SyntheticProcessor synthetic() {
        return synthetic;
    }

    void setSynthetic(SyntheticProcessor newSynthetic, List<Overlay> itsPages) {
        synthetic = newSynthetic;
        overlays = itsPages;
    }

    /** The overlay pages that are its alone. */
    List<Overlay> overlays() {
        return overlays;
    }

    /** The synthetic interrupt controller of an enlightened processor. */
    Synic synic() {
        return synthetic.synic();
    }

    /** Nanoseconds for which it has run. */
    long runtimeNanos() {
        return runtimeNanos;
    }

    /** Carries out instructions for it; made when first needed. */
    InstructionEmulator emulator() {
        if (emulator == null) {
            emulator = new InstructionEmulator(this);
        }
        return emulator;
    }

    /** It goes to another logical processor. */
    void setQueue(RunQueue newQueue) {
        queue = newQueue;
    }

    /** What its time-stamp counter is ahead of the machine's, TSC_ADJUST included. */
    long tscOffset() {
        return partition.tscOffset() + registers.tscAdjust;
    }

    /** VM exits so far. */
    long exits() {
        return exits;
    }

    /** It executed a hypercall instruction that its partition may use. */
    void countHypercall() {
        hypercalls++;
    }

    /** Hypercall instructions so far; a call that goes on after an interruption counts again. */
    long hypercalls() {
        return hypercalls;
    }

    /** Time of the host spent for it, what its exits took included. */
    void chargeHost(long nanos) {
        hostNanos += nanos;
    }

    /** Nanoseconds of the host charged so far. */
    long hostNanos() {
        return hostNanos;
    }

    /** An instruction was carried out for it by the hypervisor. */
    void countEmulation() {
        instructionsEmulated++;
    }

    /** Instructions carried out for it so far. */
    long instructionsEmulated() {
        return instructionsEmulated;
    }

    boolean suspended() {
        return suspended;
    }

    /** Suspends it explicitly, or lets it go. */
    void setSuspended(boolean value) {
        suspended = value;
        if (value) {
            unschedule();
        } else {
            wake();
        }
    }

    /** It is deleted: whatever still reaches it, its own interrupt controller that is reset for one, it never runs again. */
    void end() {
        ended = true;
        unschedule();
    }

    /** Takes it off its run queue: its partition has stopped or it is deleted. */
    void unschedule() {
        queue.remove(this);
    }

    /** It gives the rest of its time slice to others. */
    void yield() {
        queue.yield(this);
    }

    /** Whether it has never been started up, or was reset by INIT. */
    boolean waitsForStartup() {
        return activity == Activity.WAIT_FOR_SIPI;
    }

    /** Starts it up with the registers it has. */
    void activate() {
        activity = Activity.ACTIVE;
        wake();
    }

    /** It executed HLT, or stands before an instruction until an interrupt comes. */
    void halt() {
        activity = Activity.HALTED;
        if (!canWake() && !context.trapPending()) {
            queue.remove(this);
        } else {
            activity = Activity.ACTIVE;
        }
    }

    /** It read GUEST_IDLE. With an interrupt waiting it goes on, after others have had a turn: it may be waiting for one of them. */
    void idle() {
        activity = Activity.IDLE;
        if (!canWake()) {
            queue.remove(this);
        } else {
            activity = Activity.ACTIVE;
            queue.yield(this);
        }
    }

    private boolean canWake() {
        if (ended || suspended || partition.state() != Partition.State.ACTIVE) {
            return false;
        }
        return switch (activity) {
            case ACTIVE -> true;
            case IDLE -> init || nmi || apic.requested() || apic.externalPending();
            case HALTED -> init || nmi || interruptRequested() && context.interruptsEnabled();
            case WAIT_FOR_SIPI -> init || startupVector >= 0;
        };
    }

    private void wake() {
        if (context != null && canWake()) {
            if (activity == Activity.HALTED || activity == Activity.IDLE) {
                activity = Activity.ACTIVE;
            }
            queue.add(this);
        }
    }

    private boolean interruptRequested() {
        return apic.pending() >= 0 || apic.externalPending();
    }

    /**
     * Runs until an exit, which the dispatcher has handled on return.
     *
     * @param on logical processor to run on
     * @param maxInstructions instructions after which an exit is brought about
     */
    void run(HypervisorProcessor on, long maxInstructions, ExitDispatcher dispatcher) {
        if ((init || startupVector >= 0) && !startup()) {
            return;
        }
        prepareEvents();
        long start = time.nanos();
        if (synthetic == null) {
            context.run(on, maxInstructions, exit);
        } else {
            synthetic.beforeEntry();
            context.run(on, maxInstructions, exit);
            synthetic.afterExit();
        }
        runtimeNanos += time.nanos() - start;
        exits++;
        // in parallel mode it may have been suspended meanwhile: an instruction that exited is executed again some day, an event is not
        if (!ended && partition.state() == Partition.State.ACTIVE && (!suspended || exit.kind == VmExit.Kind.DELIVER_EVENT)) {
            dispatcher.dispatch(this, exit);
        }
    }

    /** Takes INIT and SIPI; false when the processor now waits. */
    private boolean startup() {
        if (init) {
            init = false;
            nmi = false;
            context.store();
            Reset.init(registers);
            apic.initReset();
            if (synthetic != null) {
                synthetic.reset();
            }
            context.load();
            if (index != 0) {
                activity = Activity.WAIT_FOR_SIPI;
            }
        }
        int vector = startupVector;
        startupVector = -1;
        if (activity == Activity.WAIT_FOR_SIPI) {
            if (vector < 0) {
                queue.remove(this);
                return false;
            }
            context.store();
            registers.seg[Cpu.CS].set(vector << 8, (long) vector << 12, 0xFFFF, Segment.REAL_CODE);
            registers.rip = 0;
            context.load();
            activity = Activity.ACTIVE;
        }
        return true;
    }

    /** Queues what can be delivered now, and asks for an exit when the rest can (the order is that of SDM vol. 3A, 6.9). */
    private void prepareEvents() {
        if (nmi && context.nmiPossible()) {
            nmi = false;
            context.injectNmi();
        }
        if (interruptRequested() && context.interruptible()) {
            context.injectInterrupt(apic.acknowledge());
        }
        context.requestWindows(interruptRequested(), nmi);
    }

    /** Tells the partition's owner that the guest says it has crashed. */
    void reportCrash(String detail) {
        context.store();
        partition.handler().crashReported(new CrashReport(partition.id(), index, detail, RegisterDump.of(registers)));
    }

    /** Ends its partition's run. */
    void fail(VpStop.Reason reason, String detail) {
        context.store();
        partition.stop(new VpStop(partition.id(), index, reason, detail, RegisterDump.of(registers)));
    }

    /** Everything of it is here or in memory afterwards, nothing in a logical processor. */
    void rest() {
        context.rest();
        registers.tlb.flushAll();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("virtual-processor", VERSION);
        registers.save(out);
        apic.save(out);
        out.put(activity.ordinal());
        out.put(suspended);
        out.put(nmi);
        out.put(init);
        out.put(startupVector);
        out.put(runtimeNanos);
        out.put(queue.position());
        context.save(out);
        if (synthetic != null) {
            synthetic.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("virtual-processor", VERSION);
        registers.restore(in);
        apic.restore(in);
        activity = Activity.values()[(int) in.take()];
        suspended = in.takeBoolean();
        nmi = in.takeBoolean();
        init = in.takeBoolean();
        startupVector = (int) in.take();
        runtimeNanos = in.take();
        queue = queue.at((int) in.take());
        context.restore(in);
        if (synthetic != null) {
            synthetic.restore(in);
        }
        in.end();
    }

    /** What the virtual local APIC tells its processor. */
    private final class Signals implements ApicEvents {
        @Override
        public void interruptsChanged() {
            wake();
        }

        @Override
        public void nmi() {
            nmi = true;
            wake();
        }

        @Override
        public void init() {
            init = true;
            startupVector = -1;
            wake();
        }

        @Override
        public void startup(int vector) {
            if (activity == Activity.WAIT_FOR_SIPI || init) {
                startupVector = vector;
                wake();
            }
        }
    }
}
