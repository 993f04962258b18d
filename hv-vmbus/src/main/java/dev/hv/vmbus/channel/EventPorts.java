package dev.hv.vmbus.channel;

/** Where the signals of a guest arrive. */
public interface EventPorts {

    /** Makes a connection on which the guest can signal. */
    void listenEvents(int connection, Runnable signalled);

    /** Ends a connection. */
    void disconnect(int connection);
}
