package dev.hv.vmbus;

import dev.hv.core.machine.DmaView;

/** What the bus needs of the partition it serves; the worker gives it, by hypercalls of the root partition. */
public interface VmbusPartition {

    /** Receives what the guest posts. */
    @FunctionalInterface
    interface MessageListener {
        /** A message of up to 240 bytes. */
        void message(byte[] payload, int length);
    }

    /** The guest's memory. */
    DmaView memory();

    /**
     * Queues a message of type 1 for a synthetic interrupt source of a virtual processor.
     *
     * @return false when the hypervisor cannot take it
     */
    boolean postMessage(int vp, int sint, byte[] payload, int length);

    /** Sets an event flag of a synthetic interrupt source and interrupts the virtual processor if it was clear. */
    void signalEvent(int vp, int sint, int flag);

    /** Makes a connection to which the guest can post messages. */
    void listenMessages(int connection, MessageListener listener);

    /** Makes a connection on which the guest can signal. */
    void listenEvents(int connection, Runnable signalled);

    /** Ends a connection of either kind. */
    void disconnect(int connection);
}
