package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.Saveable;

/** Hardware virtualisation unit of a processor (VMX or SVM), as the engine sees it. */
public interface Virtualization extends Saveable {

    /** Whether the processor is in guest operation. */
    boolean inGuest();

    /** Completes a VM exit signalled from a memory access; {@code c.rip} is at the instruction. */
    void exit(Cpu c, VmExitSignal signal);

    /**
     * Offers an exception to the hypervisor before delivery through the IDT. For #PF the address is in
     * {@link Cpu#pageFaultAddress} and CR2 is still unchanged; for #DB the conditions are in the error code and DR6 is
     * still unchanged. If it happened while another event was being delivered, {@link Cpu#delivering} still tells of that one.
     *
     * @return true when a VM exit was made
     */
    boolean interceptException(Cpu c, GuestFault fault);

    /**
     * Offers a software exception: INT3, INTO or INT1. INT n is never offered.
     *
     * @return true when a VM exit was made
     */
    boolean interceptSoftwareException(Cpu c, int vector, EventKind kind, int length);

    /**
     * Offers events of the interrupt boundary (external interrupt, NMI, INIT, SIPI, windows, preemption timer) in guest
     * operation, in the manual's priority order. Virtual ones it delivers itself.
     *
     * @return true when a VM exit was made or an event delivered
     */
    boolean interceptEvents(Cpu c);

    /** A triple fault in guest operation; true when a VM exit was made. */
    boolean interceptTripleFault(Cpu c);

    /** A task switch by an instruction in guest operation; true when a VM exit was made. */
    boolean interceptTaskSwitch(Cpu c, int selector, TaskSwitchSource source, int instructionLength);

    /** A task switch through a task gate in guest operation, met by event delivery: the VM exit to throw, or null for none. */
    VmExitSignal interceptTaskGate(Cpu c, int selector);

    /** Whether CR0 may hold this value now (VMX operation fixes bits, SDM vol. 3C, 23.8); false asks for #GP. */
    boolean allowsCr0(Cpu c, long value);

    /** Whether CR4 may hold this value now. */
    boolean allowsCr4(Cpu c, long value);

    /** Whether EFER may hold this value now (VM_CR.SVMDIS forbids SVME). */
    default boolean allowsEfer(Cpu c, long value) {
        return true;
    }

    /** Whether INIT stays pending (VMX root operation, GIF clear). */
    boolean blocksInit(Cpu c);

    /** Another processor, or a hypervisor on it, has noted an interrupt for the guest that runs here (APM vol. 2, 15.29.8). */
    default void doorbell(Cpu c) {}

    /** Drops all translations: the caches are then those of a processor that was just restored. */
    void dropTranslations();

    /**
     * Leaves guest operation between two instructions, for a host's debugger that looks at the guest: as an exit, of which the native host hears nothing.
     * {@link #goBack} follows, with the same control structure current.
     */
    void stepAside();

    /** Goes on in guest operation after {@link #stepAside}; a guest's state that was made invalid meanwhile brings about the exit of a failed entry. */
    void goBack();

    /** INIT reset of the processor (keeps VMX operation rules). */
    void reset(Cpu c);

    /** Offers what takes priority over debug traps in guest operation: INIT, SIPI, a TPR-threshold or monitor-trap exit. */
    default boolean interceptPriorityEvents(Cpu c) {
        return false;
    }

    /** An x87 error that FERR# reports, in guest operation; true when a VM exit was made. */
    default boolean interceptFreeze(Cpu c) {
        return false;
    }

    /** Whether this MSR belongs to the unit (VMX capability MSRs, SVM's VM_CR and VM_HSAVE_PA). */
    default boolean ownsMsr(int msr) {
        return false;
    }

    /** Reads an MSR it owns; throws #GP where it cannot be read. */
    default long readMsr(Cpu c, int msr) {
        throw c.gp();
    }

    /** Writes an MSR it owns; throws #GP where it cannot be written. */
    default void writeMsr(Cpu c, int msr, long value) {
        throw c.gp();
    }
}
