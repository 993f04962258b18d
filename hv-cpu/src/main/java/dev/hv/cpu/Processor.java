package dev.hv.cpu;

import dev.hv.cpu.apic.ApicBus;
import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.apic.ApicConfig;
import dev.hv.cpu.apic.ApicEvents;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.Reset;
import java.util.function.IntSupplier;

/** One logical processor, put together: core state, engine, local APIC. Driven by one thread at a time. */
public final class Processor implements Saveable {

    /** Period of the local APIC timer's undivided clock: 1 GHz, as CPUID 15H announces it. */
    public static final long APIC_NANOS_PER_TICK = 1;

    private final Cpu cpu;
    private final Engine engine;
    private final LocalApic apic;
    private final ApicClock.Alarm waitAlarm;
    private Runnable interrupted = () -> { };

    /**
     * A processor after power-on.
     *
     * @param index position in the machine, and its initial APIC ID; 0 is the bootstrap processor
     * @param externalAcknowledge acknowledge cycle of the legacy interrupt controller
     */
    public Processor(int index, CpuModel model, PhysicalBus bus, PortBus ports, ProcessorClock clock, ApicBus apicBus, IntSupplier externalAcknowledge) {
        this(index, model, VirtualizationUnits.of(model), bus, ports, clock, apicBus, externalAcknowledge);
    }

    /**
     * A processor after power-on.
     *
     * @param index position in the machine, and its initial APIC ID; 0 is the bootstrap processor
     * @param virtualization makes its hardware virtualisation, which must be the one that the model announces
     * @param externalAcknowledge acknowledge cycle of the legacy interrupt controller
     */
    public Processor(int index, CpuModel model, VirtualizationUnits virtualization, PhysicalBus bus, PortBus ports, ProcessorClock clock, ApicBus apicBus,
            IntSupplier externalAcknowledge) {
        cpu = new Cpu(index, model, bus);
        cpu.ports = ports;
        cpu.time = clock;
        engine = new Interpreter(cpu);
        var config = new ApicConfig(index, index == 0, model.physicalBits(), model.has(Feature.X2APIC), model.has(Feature.TSC_DEADLINE), model.intel(), APIC_NANOS_PER_TICK);
        apic = new LocalApic(config, new CoreClock(clock, index), apicBus, new Signals(), externalAcknowledge);
        cpu.apic = apic;
        // the machine looks at a processor that waits whenever a timer fires
        waitAlarm = clock.alarm("wait" + index, () -> {});
        cpu.waitTimer = tsc -> waitAlarm.set(clock.nanosAtTsc(tsc));
        cpu.virtualization = virtualization.unit(cpu, clock);
        reset();
    }

    /** RESET of the core and of its APIC. Processors other than the first wait for a start-up interrupt. */
    public void reset() {
        if (cpu.virtualization != null) {
            cpu.virtualization.reset(cpu);
        }
        Reset.powerOn(cpu);
        apic.powerOn();
        if (cpu.index != 0) {
            cpu.activity = Cpu.WAIT_FOR_SIPI;
        }
    }

    /** Registers and connections. */
    public Cpu cpu() {
        return cpu;
    }

    /** The local APIC. */
    public LocalApic apic() {
        return apic;
    }

    /** Has something run whenever an interrupt has come that the local APIC would deliver: whoever drives the processor may have it wait. */
    public void onInterrupt(Runnable action) {
        interrupted = action;
    }

    /** The engine. */
    public Engine engine() {
        return engine;
    }

    /** Executes at most {@code instructions}. */
    public RunResult run(long instructions) {
        return engine.run(instructions);
    }

    /**
     * Drops everything that is derived: translations. Afterwards the processor does what one does that was restored from {@link #save},
     * down to the accessed flags that its page walks set.
     */
    public void rest() {
        if (cpu.virtualization != null) {
            cpu.virtualization.dropTranslations();
        } else {
            cpu.tlb.flushAll();
        }
    }

    @Override
    public void save(StateWriter out) {
        cpu.save(out);
        apic.save(out);
        waitAlarm.save(out);
        if (cpu.virtualization != null) {
            cpu.virtualization.save(out);
        }
    }

    @Override
    public void restore(StateReader in) {
        cpu.restore(in);
        int events = cpu.events;
        apic.restore(in);
        waitAlarm.restore(in);
        if (cpu.virtualization != null) {
            cpu.virtualization.restore(in);
        }
        // entering guest operation again has looked for events of its own
        cpu.events = events;
        engine.clearCode();
        rest();
    }

    /** What the APIC tells the core. */
    private final class Signals implements ApicEvents {
        @Override
        public void interruptsChanged() {
            if (apic != null && (apic.pending() >= 0 || apic.externalPending())) {
                cpu.raise(Cpu.EVENT_INTERRUPT);
                interrupted.run();
            } else {
                cpu.events &= ~Cpu.EVENT_INTERRUPT;
            }
        }

        @Override
        public void nmi() {
            cpu.raise(Cpu.EVENT_NMI);
        }

        @Override
        public void init() {
            cpu.events &= ~Cpu.EVENT_SIPI;
            cpu.raise(Cpu.EVENT_INIT);
        }

        @Override
        public void doorbell() {
            if (cpu.virtualization != null) {
                cpu.virtualization.doorbell(cpu);
            }
        }

        @Override
        public void startup(int vector) {
            cpu.sipiVector = vector;
            cpu.raise(Cpu.EVENT_SIPI);
        }
    }

    /** The machine's clock with this core's TSC_ADJUST. */
    private final class CoreClock implements ApicClock {
        private final ProcessorClock clock;
        private final String name;

        CoreClock(ProcessorClock clock, int index) {
            this.clock = clock;
            this.name = "apic" + index;
        }

        @Override
        public long nanos() {
            return clock.nanos();
        }

        @Override
        public Alarm alarm(Runnable action) {
            return clock.alarm(name, action);
        }

        @Override
        public long tsc() {
            return clock.tsc() + cpu.tscAdjust;
        }

        @Override
        public long nanosAtTsc(long tsc) {
            return clock.nanosAtTsc(tsc - cpu.tscAdjust);
        }
    }
}
