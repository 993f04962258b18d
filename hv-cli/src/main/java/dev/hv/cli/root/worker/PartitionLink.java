package dev.hv.cli.root.worker;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.WinHv;
import dev.hv.vmbus.VmbusPartition;

/** A child partition as its VMBus reaches it: by the root partition's hypercalls. */
final class PartitionLink implements VmbusPartition {

    /** Message type of everything VMBus posts. */
    private static final int MESSAGE_TYPE = 1;

    private final WinHv hypervisor;
    private final long partition;
    private final DmaBus memory;
    private final Runnable active;

    /**
     * A link.
     *
     * @param active run whenever the guest sends or signals something
     */
    PartitionLink(WinHv hypervisor, long partition, DmaBus memory, Runnable active) {
        this.hypervisor = hypervisor;
        this.partition = partition;
        this.memory = memory;
        this.active = active;
    }

    @Override
    public DmaBus memory() {
        return memory;
    }

    @Override
    public boolean postMessage(int vp, int sint, byte[] payload, int length) {
        return hypervisor.postMessageDirect(partition, vp, sint, MESSAGE_TYPE, payload, length).ok();
    }

    /** A guest that has switched its interrupt controller off does not hear this. */
    @Override
    public void signalEvent(int vp, int sint, int flag) {
        hypervisor.signalEventDirect(partition, vp, sint, flag);
    }

    @Override
    public void listenMessages(int connection, MessageListener listener) {
        check(hypervisor.createMessagePort(partition, connection, (vp, type, payload, length) -> {
            active.run();
            listener.message(payload, length);
            return HvStatus.SUCCESS;
        }));
    }

    @Override
    public void listenEvents(int connection, Runnable signalled) {
        check(hypervisor.createEventPort(partition, connection, () -> {
            active.run();
            signalled.run();
            return HvStatus.SUCCESS;
        }));
    }

    @Override
    public void disconnect(int connection) {
        check(hypervisor.deletePort(partition, connection));
    }

    private static void check(HvStatus status) {
        if (!status.ok()) {
            throw new WorkerException("the hypervisor refused a connection: " + status);
        }
    }
}
