package dev.hv.core.hypervisor.hardware;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.cpu.state.Cpu;

/** The virtual processor behind a {@link HardwareContext}, as hardware virtualisation sees it. */
public interface ContextOwner extends NestedAssist {

    /** Its registers while no hardware has them, and always those that hardware virtualisation does not know. */
    Cpu registers();

    /** What its time-stamp counter is ahead of the machine's. */
    long tscOffset();

    /** Exceptions that are to exit, as bits by vector; after they change {@link HardwareContext#load} takes account of it. */
    int interceptedExceptions();

    /** The guest-physical addresses that it uses. */
    GuestPhysicalSpace space();

    /** Where pages for the hardware's structures come from, and go back to. */
    PagePool pool();
}
