package dev.hv.vmbus;

import dev.hv.core.machine.DmaBus;
import dev.hv.vmbus.channel.EventPorts;
import dev.hv.vmbus.protocol.MessagePost;

/** What the bus needs of the partition it serves; the worker gives it, by hypercalls of the root partition. */
public interface VmbusPartition extends MessagePost, EventPorts {

    /** Receives what the guest posts. */
    @FunctionalInterface
    interface MessageListener {
        /** A message of up to 240 bytes. */
        void message(byte[] payload, int length);
    }

    /** The guest's memory, for each device by itself. */
    DmaBus memory();

    /** Sets an event flag of a synthetic interrupt source and interrupts the virtual processor if it was clear. */
    void signalEvent(int vp, int sint, int flag);

    /** Makes a connection to which the guest can post messages. */
    void listenMessages(int connection, MessageListener listener);

    /** Ends a connection of either kind. */
    @Override
    void disconnect(int connection);
}
