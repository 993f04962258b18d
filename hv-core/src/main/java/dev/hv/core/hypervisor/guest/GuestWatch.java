package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.EventKind;

/**
 * Sees what happens between guests and the hypervisor, and changes nothing of it. Called on the thread of a logical processor, in parallel mode under the machine's lock.
 */
public interface GuestWatch {

    /** A virtual processor has a logical processor from now on. */
    void running(int processor, long partition, int vp);

    /**
     * A guest has exited, and nothing was done about it yet.
     *
     * @param context its registers
     */
    void exited(long partition, int vp, VmExit exit, HardwareContext context);

    /** What the exit asked for was done: results stand in registers. */
    void handled(long partition, int vp, VmExit exit, HardwareContext context);

    /** An interrupt is delivered to a guest at its next entry. */
    void interrupted(long partition, int vp, EventKind kind, int vector);
}
