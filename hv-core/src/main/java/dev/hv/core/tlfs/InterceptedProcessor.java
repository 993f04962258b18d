package dev.hv.core.tlfs;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;

/**
 * The register page of a virtual processor that was intercepted, as a root has it whose services are no guest: all registers at once, shared with
 * the hypervisor while the processor stands still.
 */
public interface InterceptedProcessor {

    /**
     * Lends the registers, as they are now, with the partition's memory as their address space.
     *
     * @param devices what is reached where there is no memory, until the intercept is answered
     */
    Cpu lend(DeviceAccess devices);

    /**
     * Takes the event that was on its way when the processor was intercepted (HvRegisterPendingInterruption): who answers delivers it.
     *
     * @return false when there was none
     */
    boolean takeEvent(PendingEvent into);
}
