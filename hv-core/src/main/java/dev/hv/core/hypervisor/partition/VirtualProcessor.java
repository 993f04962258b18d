package dev.hv.core.hypervisor.partition;

import dev.hv.core.emulation.InstructionEmulator;
import dev.hv.core.hypervisor.hardware.ContextOwner;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.GuestBus;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.schedule.RunQueue;
import dev.hv.core.hypervisor.schedule.Schedulable;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.synic.Synic;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.Processor;
import dev.hv.cpu.VirtualizationUnits;
import dev.hv.cpu.apic.ApicBus;
import dev.hv.cpu.apic.ApicConfig;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.RegisterDump;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/**
 * A virtual processor: its registers ({@link RegisterFile}), what comes to it from outside ({@link EventDelivery}), when it runs
 * ({@link Scheduling}), what it leaves to its partition's owner ({@link Intercepts}), and what the hypervisor's interface gives it ({@link SyntheticProcessor}).
 */
public final class VirtualProcessor implements ContextOwner, Schedulable<VirtualProcessor>, Saveable {

    private static final int VERSION = 5;

    private final Partition partition;
    private final int index;
    private final RegisterFile registers;
    private final EventDelivery events;
    private final Scheduling scheduling;
    private final Intercepts intercepts = new Intercepts(this);
    private final StatePages statePages;
    private final ProcessorCounters counters = new ProcessorCounters();
    private final GuestBus bus;
    private final NestedExecution nested;
    private final VmExit exit = new VmExit();
    private final PartitionClock time;
    private final GuestCaller caller;
    private SyntheticProcessor synthetic;
    private InstructionEmulator emulator;
    private long exits;
    private long instructionsEmulated;

    /**
     * A virtual processor after power-on, suspended. Processor 0 is the bootstrap processor; the others wait for a start-up
     * interrupt.
     *
     * @param queue run queue of the logical processor it runs on first
     */
    VirtualProcessor(Partition partition, int index, SystemMemory memory, VirtualClock clock, RunQueue<VirtualProcessor> queue) {
        this.partition = partition;
        this.index = index;
        bus = new GuestBus(partition.space(), memory, new BusListener());
        caller = new GuestCaller(this, memory);
        statePages = new StatePages(this, memory);
        time = new PartitionClock(clock, this);
        scheduling = new Scheduling(this, index == 0, queue);
        var model = partition.model();
        var cpu = new Cpu(index, model, bus);
        bus.attach(cpu);
        cpu.time = () -> clock.tsc() + partition.tscOffset();
        var config = new ApicConfig(index, index == 0, model.physicalBits(), model.has(Feature.X2APIC), model.has(Feature.TSC_DEADLINE), model.intel(),
                Processor.APIC_NANOS_PER_TICK);
        events = new EventDelivery(cpu, config, time, new PartitionBus(), intercepts::interruptionDeliverable, this::takesStartup, scheduling::wake, intercepts::unrecoverable);
        events.apic().setGate((vector, level) -> partition.interruptFaults().vectorPasses(vector, index, level));
        cpu.apic = events.apic();
        cpu.virtualization = VirtualizationUnits.of(model).unit(cpu, new NestedClock(clock, this));
        registers = new RegisterFile(cpu, partition);
        nested = cpu.virtualization == null ? null : new NestedExecution(this);
    }

    public Partition partition() {
        return partition;
    }

    @Override
    public long partitionId() {
        return partition.id();
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public GuestPhysicalSpace space() {
        return partition.space();
    }

    @Override
    public PagePool pool() {
        return partition.pool();
    }

    /** What comes to it from outside. */
    public EventDelivery events() {
        return events;
    }

    /** Its virtual local APIC. */
    public LocalApic apic() {
        return events.apic();
    }

    /** When it runs. */
    public Scheduling scheduling() {
        return scheduling;
    }

    /** What it leaves to the owner of its partition. */
    public Intercepts intercepts() {
        return intercepts;
    }

    /** What its partition's owner sees of it in pages. */
    public StatePages statePages() {
        return statePages;
    }

    /** It as a hypervisor; null when its model has no hardware virtualisation. */
    public NestedExecution nested() {
        return nested;
    }

    private boolean takesStartup() {
        return scheduling.waitsForStartup() || nested != null && nested.awaitsStartup();
    }

    /** Address spaces for instructions that are carried out on its registers. */
    public GuestBus bus() {
        return bus;
    }

    /** Registers; up to date after {@link HardwareContext#store}. */
    @Override
    public Cpu registers() {
        return registers.cpu();
    }

    /** Registers by name. */
    public RegisterFile registerFile() {
        return registers;
    }

    /** Its state in the hardware. */
    public HardwareContext context() {
        return registers.context();
    }

    void setContext(HardwareContext context) {
        registers.setContext(context);
    }

    /** It as maker of hypercalls. */
    public GuestCaller caller() {
        return caller;
    }

    /** What the hypervisor's interface gives it; null in a partition that is not enlightened. */
    public SyntheticProcessor synthetic() {
        return synthetic;
    }

    void setSynthetic(SyntheticProcessor newSynthetic) {
        synthetic = newSynthetic;
    }

    /** The synthetic interrupt controller of an enlightened processor. */
    public Synic synic() {
        return synthetic.synic();
    }

    /**
     * Carries out the instruction at RIP, one that is the hypervisor's business: it exits whatever the controls say, or is to be done with other
     * rights or another model than the hardware's. What it cannot reach is the owner's.
     */
    public void step() {
        step(false);
    }

    /**
     * As {@link #step()}.
     *
     * @param virtualization it may be an instruction of hardware virtualisation: none of its accesses is the owner's
     */
    void step(boolean virtualization) {
        carriedOut(emulator(virtualization).step(interceptedExceptions()));
    }

    private void carriedOut(VmExitSignal unreached) {
        GuestFault withheld = emulator.takeWithheld();
        if (withheld != null) {
            intercepts.exception(withheld);
        } else if (unreached == null) {
            takeBack();
        } else {
            intercepts.unreached(unreached, null);
        }
    }

    /** An instruction that exits, or that its model does not have. */
    public void step(VmExit why) {
        step(nested != null && !nested.running());
        if (nested != null) {
            registers.context().nested().executed(why);
        }
    }

    /** Carries out an access to ports as far as that is not the owner's: false when it is. */
    boolean tryStep() {
        VmExitSignal unreached = emulator(false).step(interceptedExceptions());
        if (unreached != null && unreached.guestPhysical == GuestBus.NOWHERE) {
            return false;
        }
        carriedOut(unreached);
        return true;
    }

    /** Delivers an event at RIP whose delivery the hardware gave up. */
    public void deliver(PendingEvent event) {
        VmExitSignal unreached = emulator(false).deliver(event);
        if (unreached == null) {
            takeBack();
        } else {
            intercepts.unreached(unreached, event);
        }
    }

    /**
     * Whether an access to a page without memory, or without the right, is the hypervisor's business and not the owner's: to that of the local APIC,
     * or to an overlay page that cannot be written to.
     *
     * @param access {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}
     */
    public boolean handlesItself(long gpa, int access) {
        return apic().mmioEnabled() && gpa >>> 12 == apic().apicBase() >>> 12 || access == Mem.WRITE && partition.space().overlays().covers(gpa >>> 12);
    }

    /** An emulator on its registers, which are up to date; {@link #takeBack} when something was carried out. */
    InstructionEmulator emulator(boolean virtualization) {
        if (emulator == null) {
            emulator = new InstructionEmulator(registers.cpu());
        }
        hand();
        bus.begin(virtualization);
        return emulator;
    }

    /** Its registers are up to date, for an instruction that is carried out on them. */
    Cpu hand() {
        registers.context().store();
        return registers.cpu();
    }

    /** An instruction was carried out on its registers: gives them to the hardware, and what that cannot hold to whom it concerns. */
    void takeBack() {
        instructionsEmulated++;
        Cpu c = registers.cpu();
        int activity = c.activity;
        c.activity = Cpu.ACTIVE;
        boolean taskTrap = (c.pendingDebug & Events.TASK_SWITCH) != 0;
        if (taskTrap) {
            // the T bit of a TSS: the hardware has no such condition (SDM vol. 3C, 24.4.2), so the exception is injected
            ExceptionDelivery.noteDebug(c, c.pendingDebug);
            c.pendingDebug = 0;
        }
        registers.context().load();
        if (taskTrap) {
            registers.context().inject(EventKind.EXCEPTION, Vector.DB);
        }
        if (nested != null) {
            nested.settle(activity);
        }
        if (c.guest != null) {
            if (activity != Cpu.ACTIVE) {
                scheduling.halt();
            }
        } else if (activity == Cpu.SHUTDOWN) {
            intercepts.unrecoverable();
        } else if (activity == Cpu.HALTED) {
            scheduling.halt();
        }
    }

    @Override
    public int interceptedExceptions() {
        return partition.intercepts().exceptions();
    }

    @Override
    public long slice(long usual) {
        return FairShare.slice(this, usual);
    }

    /** It goes to another logical processor. */
    @Override
    public void setQueue(RunQueue<VirtualProcessor> queue) {
        scheduling.setQueue(queue);
    }

    /** What its time-stamp counter is ahead of the machine's, TSC_ADJUST included. */
    @Override
    public long tscOffset() {
        return partition.tscOffset() + registers.cpu().tscAdjust;
    }

    @Override
    public boolean enlightened() {
        return partition.enlightened();
    }

    @Override
    public long assist(int offset, int size) {
        return synthetic == null ? 0 : synthetic.assist(offset, size);
    }

    /** VM exits so far. */
    public long exits() {
        return exits;
    }

    /** What it has done so far, as its parent may see it. */
    public ProcessorCounters counters() {
        return counters;
    }

    /** Instructions carried out for it so far. */
    public long instructionsEmulated() {
        return instructionsEmulated;
    }

    /**
     * Runs until an exit.
     *
     * @param on logical processor to run on
     * @param maxInstructions instructions after which an exit is brought about
     * @return the exit that is to be handled; null when there is nothing to do about it
     */
    public VmExit run(PhysicalProcessor on, long maxInstructions) {
        if (events.startupPending() && (nested == null || !nested.holdsInit()) && !startup()) {
            return null;
        }
        HardwareContext context = registers.context();
        intercepts.tellEnds();
        if (!scheduling.interceptSuspended()) {
            if (nested != null && nested.running()) {
                if (!nested.prepare()) {
                    return null;
                }
            } else if (nested != null && nested.holdsEvents()) {
                // no window opens before STGI
                context.requestWindows(events.interruptRequested(), events.nmiPending() || events.startupPending() || events.machineCheckPending());
            } else {
                events.prepare(context, on);
            }
        }
        if (scheduling.ended() || scheduling.interceptSuspended()) {
            return null;
        }
        long start = time.nanos();
        HostDebug debug = partition.debug(index);
        if (synthetic == null) {
            GuestDebug.run(debug, context, on, maxInstructions, exit);
        } else {
            synthetic.beforeEntry();
            GuestDebug.run(debug, context, on, maxInstructions, exit);
            synthetic.afterExit();
        }
        scheduling.chargeRuntime(time.nanos() - start);
        on.counters().ran(time.nanos() - start);
        exits++;
        // in parallel mode it may have been suspended meanwhile: an instruction that exited is executed again some day, an event is not
        boolean goesOn = !scheduling.ended() && partition.state() == Partition.State.ACTIVE && (!scheduling.stopped() || exit.kind == VmExit.Kind.DELIVER_EVENT);
        return goesOn ? exit : null;
    }

    /** Takes INIT and SIPI; false when the processor now waits. */
    private boolean startup() {
        if (events.takeInit()) {
            registers.init();
            events.apic().initReset();
            if (synthetic != null) {
                synthetic.reset();
            }
            registers.context().load();
            if (index != 0) {
                scheduling.awaitStartup();
            }
        }
        int vector = events.takeStartup();
        if (scheduling.waitsForStartup()) {
            if (vector < 0) {
                scheduling.unschedule();
                return false;
            }
            registers.startUp(vector);
            scheduling.startUp();
        }
        return true;
    }

    /** It cannot go on: its partition's run ends, unless the parent is a guest, which hears of it and decides. */
    public void fail(VpStop.Reason reason, String detail) {
        registers.context().store();
        intercepts.failed(new VpStop(partition.id(), index, reason, detail, RegisterDump.of(registers.cpu())));
    }

    /** Everything of it is here or in memory afterwards, nothing in a logical processor. */
    public void rest() {
        registers.rest();
        scheduling.pace().rest();
    }

    /** The bus of the partition's local APICs, as this processor's sends on it. */
    private final class PartitionBus implements ApicBus {
        @Override
        public void command(LocalApic from, int shorthand, int destination, boolean logical, int deliveryMode, int vector) {
            partition.router().command(from, shorthand, destination, logical, deliveryMode, vector);
        }

        @Override
        public void endOfInterrupt(int vector) {
            intercepts.ended(vector);
        }
    }

    /** What instructions that are carried out on its registers bring about beside their accesses. */
    private final class BusListener implements GuestBus.Listener {
        @Override
        public void deviceAccessed() {
            partition.countMemoryIntercept();
        }

        @Override
        public void numericErrorCleared() {
            if (partition.handler() != null) {
                partition.handler().legacyFpErrorCleared(index);
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("virtual-processor", VERSION);
        registers.save(out);
        events.save(out);
        scheduling.save(out);
        intercepts.save(out);
        statePages.save(out);
        counters.save(out);
        if (nested != null) {
            nested.save(out);
        }
        if (synthetic != null) {
            synthetic.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("virtual-processor", VERSION);
        registers.restore(in);
        events.restore(in);
        scheduling.restore(in);
        intercepts.restore(in);
        statePages.restore(in);
        counters.restore(in);
        if (nested != null) {
            nested.restore(in);
        }
        if (synthetic != null) {
            synthetic.restore(in);
        }
        in.end();
    }
}
