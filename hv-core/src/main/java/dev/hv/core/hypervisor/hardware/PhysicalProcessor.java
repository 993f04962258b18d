package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.Processor;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.EventKind;

/** A logical processor of the machine as hardware virtualisation uses it: the processor, and leave to execute guest code on it. */
public interface PhysicalProcessor {

    /** The hardware. */
    Processor processor();

    /**
     * Executes guest code, without the machine's lock, until an exit.
     *
     * @param maxInstructions instructions and steps after which it returns at the latest
     */
    RunResult guest(long maxInstructions);

    /** What it has done so far. */
    LogicalCounters counters();

    /** No processor executes guest code until the caller gives up the machine's lock. */
    void pauseAll();

    /** The virtual processor that runs here gets an interrupt at its next entry, for who watches. */
    default void injected(EventKind kind, int vector) {}

    /** It leaves guest code soon, to look at what has come. */
    void kick();
}
