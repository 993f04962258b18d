package dev.hv.core.machine;

import dev.hv.cpu.Processor;
import dev.hv.cpu.execute.Engine;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.RegisterDump;

/** A logical processor that runs the machine's image itself, without a hypervisor. */
public final class BareProcessor implements LogicalProcessor {

    private final Processor processor;

    /** Lets the machine's loop drive a processor. */
    public BareProcessor(Processor processor) {
        this.processor = processor;
    }

    @Override
    public TurnEnd run(long maxInstructions) {
        RunResult result = processor.run(maxInstructions);
        return switch (result) {
            case BUDGET, REQUESTED -> TurnEnd.BUDGET;
            case HALT -> TurnEnd.IDLE;
            case SHUTDOWN -> TurnEnd.SHUTDOWN;
            case VM_EXIT -> throw new IllegalStateException("a VM exit to the native hypervisor on a machine without one");
        };
    }

    @Override
    public void endTurn() {
        processor.cpu().raise(Cpu.EVENT_RETURN);
    }

    @Override
    public void rest() {
        processor.rest();
    }

    @Override
    public Cpu cpu() {
        return processor.cpu();
    }

    @Override
    public Engine engine() {
        return processor.engine();
    }

    @Override
    public long instructions() {
        return processor.cpu().progress();
    }

    @Override
    public String describe() {
        return RegisterDump.of(processor.cpu());
    }

    @Override
    public void save(StateWriter out) {
        processor.save(out);
    }

    @Override
    public void restore(StateReader in) {
        processor.restore(in);
    }
}
