package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.PhysicalProcessor;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.NestedPaging;
import java.util.List;

/**
 * A partition in the hands of a debugger that belongs to the host: what it sees and changes is no hypercall of anybody, and the guest cannot tell. Used
 * while all processors stand ({@link dev.hv.core.hypervisor.Hypervisor#standStill}).
 */
public final class GuestDebug {

    private final Partition partition;
    private final VirtualizationBackend backend;
    private final List<HostDebug> debugs;

    /** One that stops at nothing, in the place of one that was there; without {@code debugs} one that only looks. */
    public GuestDebug(Partition partition, VirtualizationBackend backend, List<HostDebug> debugs) {
        this.partition = partition;
        this.backend = backend;
        this.debugs = debugs;
        if (!debugs.isEmpty()) {
            partition.setDebugs(debugs);
        }
    }

    /** Has a virtual processor run as {@link HardwareContext#run}, under its debugger when there is one. */
    static void run(HostDebug debug, HardwareContext context, PhysicalProcessor on, long maxInstructions, VmExit exit) {
        if (debug == null) {
            context.run(on, maxInstructions, exit);
            return;
        }
        debug.enter(on.processor().cpu());
        EventKind queued = context.queued().present() ? context.queued().kind() : null;
        if (queued == EventKind.EXTERNAL_INTERRUPT || queued == EventKind.NMI) {
            debug.interrupted();
        }
        try {
            context.run(on, maxInstructions, exit);
        } finally {
            debug.leave();
        }
    }

    /** What stops its virtual processors, by their indices. */
    public List<HostDebug> debugs() {
        return debugs;
    }

    /**
     * A virtual processor's registers as they are now. Its guest's, when it is a hypervisor and a guest of it runs.
     *
     * @throws IllegalArgumentException while there is none
     */
    public Cpu registers(int index) {
        VirtualProcessor vp = partition.processors().get(index);
        if (vp == null) {
            throw new IllegalArgumentException("no virtual processor " + index);
        }
        vp.context().store();
        return vp.registers();
    }

    /**
     * Changes a virtual processor's registers.
     *
     * @param change what is done to {@link #registers}; what it reads of the guest's memory wakes no device
     */
    public void change(int index, Runnable change) {
        VirtualProcessor vp = partition.processors().get(index);
        vp.context().store();
        vp.bus().probe(false);
        try {
            change.run();
        } finally {
            vp.bus().endProbe();
            vp.context().load();
            vp.context().flush();
        }
    }

    /** Whether a virtual processor waits: for an interrupt, or to be started up. */
    public boolean waits(int index) {
        VirtualProcessor vp = partition.processors().get(index);
        return vp == null || vp.scheduling().waits();
    }

    /** The tables by which the hardware translates the partition's guest-physical addresses. */
    public NestedPaging.Tables tables() {
        return backend.tables(partition.space());
    }
}
