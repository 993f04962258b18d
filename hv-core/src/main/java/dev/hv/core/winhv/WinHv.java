package dev.hv.core.winhv;

import dev.hv.core.hypervisor.Hypercalls;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.tlfs.EventPort;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.MessagePort;
import dev.hv.core.tlfs.OverlayView;

/**
 * The root partition's driver for the hypervisor: its services manage partitions and virtual processors through it and
 * through nothing else. Each method is one hypercall; where the hypervisor asks for memory, the driver deposits pages of the
 * root's and goes on.
 */
public final class WinHv {

    /** Pages given at a time when a call asks for memory. */
    private static final int DEPOSIT = 16;

    private final Hypercalls calls;
    private final PageFrames frames;

    /**
     * A driver.
     *
     * @param calls the root partition's entrance to the hypervisor
     * @param frames the root partition's free memory
     */
    public WinHv(Hypercalls calls, PageFrames frames) {
        this.calls = calls;
        this.frames = frames;
    }

    /** Makes a partition and initializes it; the answer is its id. */
    public HvResult createPartition() {
        HvResult created = calls.createPartition();
        if (!created.ok()) {
            return created;
        }
        HvStatus status = calls.initializePartition(created.value());
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(created.value())) {
            status = calls.initializePartition(created.value());
        }
        return status.ok() ? created : HvResult.of(status);
    }

    /** Reads a property, {@link dev.hv.core.tlfs.HvPartitionProperty}. */
    public HvResult getPartitionProperty(long partition, int property) {
        return calls.getPartitionProperty(partition, property);
    }

    /** Sets a property, {@link dev.hv.core.tlfs.HvPartitionProperty}; privileges before virtual processors are made. */
    public HvStatus setPartitionProperty(long partition, int property, long value) {
        return calls.setPartitionProperty(partition, property, value);
    }

    /** Ends a partition: virtual processors, mappings, and the pages deposited for it come back. */
    public HvStatus deletePartition(long partition) {
        HvStatus status = calls.finalizePartition(partition);
        if (!status.ok()) {
            return status;
        }
        for (HvResult page = calls.withdrawMemory(partition); page.ok(); page = calls.withdrawMemory(partition)) {
            frames.release(page.value(), 1);
        }
        return calls.deletePartition(partition);
    }

    private boolean deposit(long partition) {
        long first = frames.take(DEPOSIT, 1);
        return first >= 0 && calls.depositMemory(partition, first, DEPOSIT).ok();
    }

    /** Makes a virtual processor, suspended. */
    public HvStatus createVp(long partition, int index) {
        HvStatus status = calls.createVp(partition, index);
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(partition)) {
            status = calls.createVp(partition, index);
        }
        return status;
    }

    /**
     * Maps consecutive pages of the root's into a partition.
     *
     * @param rights {@link dev.hv.core.tlfs.HvMapFlags}
     */
    public HvStatus mapGpaPages(long partition, long gpn, long source, long count, int rights) {
        long done = 0;
        while (true) {
            HvResult r = calls.mapGpaPages(partition, gpn + done, source + done, count - done, rights);
            done += r.value();
            if (r.status() != HvStatus.INSUFFICIENT_MEMORY || !deposit(partition)) {
                return r.status();
            }
        }
    }

    /** Takes pages out of a partition. */
    public HvStatus unmapGpaPages(long partition, long gpn, long count) {
        HvStatus status = calls.unmapGpaPages(partition, gpn, count);
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(partition)) {
            status = calls.unmapGpaPages(partition, gpn, count);
        }
        return status;
    }

    /** Has a partition's intercepts delivered to a handler. */
    public HvStatus installIntercepts(long partition, InterceptHandler handler) {
        return calls.installIntercepts(partition, handler);
    }

    /** Reads a register; {@code into} receives it in element 0. */
    public HvStatus getVpRegister(long partition, int vp, int name, HvRegisterValue[] into) {
        return calls.getVpRegister(partition, vp, name, into);
    }

    /** Sets registers; names and values in step. */
    public HvStatus setVpRegisters(long partition, int vp, int[] names, HvRegisterValue[] values) {
        return calls.setVpRegisters(partition, vp, names, values);
    }

    /** Lets a virtual processor run. */
    public HvStatus startVp(long partition, int vp) {
        return suspend(partition, vp, 0);
    }

    /** Keeps a virtual processor from running. */
    public HvStatus stopVp(long partition, int vp) {
        return suspend(partition, vp, 1);
    }

    private HvStatus suspend(long partition, int vp, int value) {
        return calls.setVpRegisters(partition, vp, new int[] {HvRegister.EXPLICIT_SUSPEND}, new HvRegisterValue[] {HvRegisterValue.of(value)});
    }

    /** Sends an interrupt message into a partition; parameters as in {@link Hypercalls#assertVirtualInterrupt}. */
    public HvStatus assertVirtualInterrupt(long partition, int type, int destination, boolean logical, int vector, boolean level) {
        return calls.assertVirtualInterrupt(partition, type, destination, logical, vector, level);
    }

    /** The way of I/O APICs and message-signalled interrupts into a partition. */
    public InterruptMessageSink interrupts(long partition) {
        return (destination, logical, mode, vector, level) -> calls.assertVirtualInterrupt(partition, mode, destination, logical, vector, level);
    }

    /** Makes a message port and connects a partition to it. */
    public HvStatus createMessagePort(long partition, int connection, MessagePort port) {
        return calls.createMessagePort(partition, connection, port);
    }

    /** Makes an event port and connects a partition to it. */
    public HvStatus createEventPort(long partition, int connection, EventPort port) {
        return calls.createEventPort(partition, connection, port);
    }

    /** Ends a connection and its port. */
    public HvStatus deletePort(long partition, int connection) {
        return calls.deletePort(partition, connection);
    }

    /** Queues a message for a synthetic interrupt source; INSUFFICIENT_BUFFERS when its queue is full. */
    public HvStatus postMessageDirect(long partition, int vp, int sint, int type, byte[] payload, int length) {
        return calls.postMessageDirect(partition, vp, sint, type, 0, payload, length);
    }

    /** As above, with a sender in the message's header. */
    public HvStatus postMessageDirect(long partition, int vp, int sint, int type, long sender, byte[] payload, int length) {
        return calls.postMessageDirect(partition, vp, sint, type, sender, payload, length);
    }

    /** Sets an event flag of a synthetic interrupt source. */
    public HvStatus signalEventDirect(long partition, int vp, int sint, int flag) {
        return calls.signalEventDirect(partition, vp, sint, flag);
    }

    /** Where overlay pages hide a partition's memory; null for one that has no memory. */
    public OverlayView overlays(long partition) {
        return calls.overlays(partition);
    }

    /** Drives the legacy interrupt controller's wire into a partition. */
    public HvStatus setLocalInterruptPin(long partition, boolean high) {
        return calls.setLocalInterruptPin(partition, high);
    }
}
