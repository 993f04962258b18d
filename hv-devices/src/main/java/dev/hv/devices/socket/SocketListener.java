package dev.hv.devices.socket;

/** Takes connections that a guest asks for. Called on the machine's thread. */
public interface SocketListener {

    /**
     * The guest wants a connection.
     *
     * @param connection not open yet: {@link SocketPeer#opened} follows
     * @param port that it wants to reach
     * @return the host's end; null to refuse
     */
    SocketPeer accept(SocketConnection connection, int port);

    /**
     * A connection of a saved run, whose end was {@linkplain SocketPeer#lasting lasting}.
     *
     * @param passing what that end had
     * @return the host's end; null when there is none here, and the guest finds it closed
     */
    default SocketPeer restored(SocketConnection connection, int port, SocketPeer.Passing passing) {
        return null;
    }
}
