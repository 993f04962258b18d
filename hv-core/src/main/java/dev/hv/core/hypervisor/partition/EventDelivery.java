package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.cpu.apic.ApicBus;
import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.apic.ApicConfig;
import dev.hv.cpu.apic.ApicEvents;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.events.MachineChecks;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Vector;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** What comes to a virtual processor from outside: its virtual local APIC, and what that has told it and was not delivered yet. */
public final class EventDelivery implements Saveable {

    private static final int VERSION = 3;
    private static final int NO_STARTUP = -1;

    private final Cpu registers;
    private final LocalApic apic;
    private final BooleanSupplier waitsForStartup;
    private final Runnable arrived;
    private final Runnable unrecoverable;
    private boolean machineCheck;
    private boolean nmi;
    private boolean init;
    private boolean rung;
    private int startupVector = NO_STARTUP;

    /**
     * An APIC after power-on.
     *
     * @param registers of the processor
     * @param acknowledge gives the vector of an interrupt that the interrupt controller of the partition's owner raises; negative when that has queued the
     *     interrupt itself, or has not answered yet
     * @param waitsForStartup whether the processor waits for a start-up interrupt: others are lost on it
     * @param arrived called when there is something new to deliver
     * @param unrecoverable called when a machine check shuts the processor down
     */
    EventDelivery(Cpu registers, ApicConfig config, ApicClock clock, ApicBus bus, IntSupplier acknowledge, BooleanSupplier waitsForStartup,
            Runnable arrived, Runnable unrecoverable) {
        this.registers = registers;
        this.unrecoverable = unrecoverable;
        this.waitsForStartup = waitsForStartup;
        this.arrived = arrived;
        apic = new LocalApic(config, clock, bus, new Signals(), acknowledge);
    }

    LocalApic apic() {
        return apic;
    }

    /** Whether a maskable interrupt could be delivered if the processor took it. */
    boolean interruptRequested() {
        return apic.pending() >= 0 || apic.externalPending();
    }

    /** A machine check has come. One that waits for a start-up interrupt hears of nothing. */
    public void machineCheck() {
        if (!waitsForStartup.getAsBoolean()) {
            machineCheck = true;
            arrived.run();
        }
    }

    /** Whether anything has come, an interrupt that is disabled or that priorities hold back included. */
    boolean anything() {
        return machineCheck || init || nmi || apic.requested() || apic.externalPending();
    }

    /** Whether something has come that the processor would look at now, but for its interrupts being disabled. */
    boolean interrupts() {
        return machineCheck || init || nmi || interruptRequested();
    }

    /** Whether something has come that ends a halt. */
    boolean endsHalt(HardwareContext context) {
        return machineCheck || init || nmi || interruptRequested() && context.interruptsEnabled();
    }

    /** Whether INIT or a start-up interrupt has come. */
    boolean startupPending() {
        return init || startupVector >= 0;
    }

    /** Whether an NMI has come. */
    boolean nmiPending() {
        return nmi;
    }

    /** Whether a machine check has come. */
    boolean machineCheckPending() {
        return machineCheck;
    }

    /** Whether another processor has rung the doorbell (APM vol. 2, 15.29.8): what its guest's APIC page requests has changed. */
    boolean doorbellRung() {
        return rung;
    }

    /** As {@link #doorbellRung}; it has not afterwards. */
    boolean takeDoorbell() {
        boolean was = rung;
        rung = false;
        return was;
    }

    /** What has come, as events of registers on which a guest runs. */
    int raised(Cpu registers) {
        if (startupVector >= 0) {
            registers.sipiVector = startupVector;
        }
        return (interruptRequested() ? Cpu.EVENT_INTERRUPT : 0) | (nmi ? Cpu.EVENT_NMI : 0) | (machineCheck ? Cpu.EVENT_MACHINE_CHECK : 0) | (init ? Cpu.EVENT_INIT : 0) | (startupVector >= 0 ? Cpu.EVENT_SIPI : 0);
    }

    /** What of {@link #raised} was not taken. Interrupts are the APIC's to know. */
    void left(int events) {
        nmi &= (events & Cpu.EVENT_NMI) != 0;
        machineCheck &= (events & Cpu.EVENT_MACHINE_CHECK) != 0;
        init &= (events & Cpu.EVENT_INIT) != 0;
        if ((events & Cpu.EVENT_SIPI) == 0) {
            startupVector = NO_STARTUP;
        }
    }

    /** Takes INIT, which takes a pending NMI with it; false when none has come. */
    boolean takeInit() {
        boolean was = init;
        if (was) {
            init = false;
            nmi = false;
        }
        return was;
    }

    /** Takes the vector of a start-up interrupt; negative when none has come. */
    int takeStartup() {
        int vector = startupVector;
        startupVector = NO_STARTUP;
        return vector;
    }

    /** Queues what can be delivered now, and asks for an exit when the rest can (the order is that of SDM vol. 3A, 6.9). */
    void prepare(HardwareContext context, PhysicalProcessor on) {
        if (machineCheck && !context.queued().present()) {
            machineCheck = false;
            context.store();
            if (!MachineChecks.begin(registers)) {
                unrecoverable.run();
                return;
            }
            context.inject(EventKind.EXCEPTION, Vector.MC);
            on.injected(EventKind.EXCEPTION, Vector.MC);
        }
        if (nmi && context.nmiPossible()) {
            nmi = false;
            context.inject(EventKind.NMI, Vector.NMI);
            on.injected(EventKind.NMI, Vector.NMI);
        }
        if (interruptRequested() && context.interruptible()) {
            int vector = apic.acknowledge();
            if (vector >= 0) {
                context.inject(EventKind.EXTERNAL_INTERRUPT, vector);
                on.injected(EventKind.EXTERNAL_INTERRUPT, vector);
            }
        }
        context.requestWindows(interruptRequested(), nmi);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("event-delivery", VERSION);
        apic.save(out);
        out.put("machine-check", machineCheck);
        out.put("nmi", nmi);
        out.put("init", init);
        out.put("doorbell", rung);
        out.put("startup-vector", startupVector);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("event-delivery", VERSION);
        apic.restore(in);
        machineCheck = in.takeBoolean();
        nmi = in.takeBoolean();
        init = in.takeBoolean();
        rung = in.takeBoolean();
        startupVector = (int) in.take();
        in.end();
    }

    /** What the virtual local APIC tells its processor. */
    private final class Signals implements ApicEvents {
        @Override
        public void interruptsChanged() {
            arrived.run();
        }

        @Override
        public void nmi() {
            nmi = true;
            arrived.run();
        }

        @Override
        public void init() {
            init = true;
            startupVector = NO_STARTUP;
            arrived.run();
        }

        @Override
        public void doorbell() {
            rung = true;
            arrived.run();
        }

        @Override
        public void startup(int vector) {
            if (waitsForStartup.getAsBoolean() || init) {
                startupVector = vector;
                arrived.run();
            }
        }
    }
}
