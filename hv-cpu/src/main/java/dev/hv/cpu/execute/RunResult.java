package dev.hv.cpu.execute;

/** Why the engine returned. */
public enum RunResult {
    /** The instruction budget is used up. */
    BUDGET,
    /** The processor is halted or waits for a start-up interrupt: nothing to do before an event. */
    HALT,
    /** A VM exit gave control to a hypervisor that is not guest code. */
    VM_EXIT,
    /** Shutdown after a triple fault. */
    SHUTDOWN,
    /** Somebody raised {@link dev.hv.cpu.state.Cpu#EVENT_RETURN}, or another thread asked for {@link dev.hv.cpu.state.Cpu#REQUEST_RETURN}. */
    REQUESTED
}
