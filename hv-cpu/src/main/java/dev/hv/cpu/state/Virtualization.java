package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.Saveable;

/** Hardware virtualisation unit of a processor (VMX or SVM), as the engine sees it. */
public interface Virtualization extends Saveable {

    /** Completes a VM exit signalled from a memory access; {@code c.rip} is at the instruction. */
    void exit(Cpu c, VmExitSignal signal);

    /**
     * Offers an exception to the hypervisor before delivery through the IDT.
     *
     * @return true when a VM exit was made
     */
    boolean interceptException(Cpu c, GuestFault fault);

    /**
     * Offers events of the interrupt boundary (external interrupt, NMI, INIT, SIPI, windows, preemption timer) in guest
     * operation, in the manual's priority order.
     *
     * @return true when a VM exit was made
     */
    boolean interceptEvents(Cpu c);

    /** A triple fault in guest operation; true when a VM exit was made. */
    boolean interceptTripleFault(Cpu c);

    /** A task switch in guest operation; true when a VM exit was made. {@code source}: 0 CALL, 1 IRET, 2 JMP, 3 task gate. */
    boolean interceptTaskSwitch(Cpu c, int selector, int source, int instructionLength);

    /** Instructions until the preemption timer fires, or {@link Long#MAX_VALUE}. */
    long instructionsToTimer(Cpu c);

    /** INIT reset of the processor (keeps VMX operation rules). */
    void reset(Cpu c);
}
