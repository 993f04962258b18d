package dev.hv.cli.agent;

import dev.hv.devices.socket.SocketConnection;
import dev.hv.devices.socket.SocketPeer;
import dev.hv.devices.socket.SocketProvider;

/** A stream that is a Hyper-V socket. */
final class SocketStream implements AgentStream, SocketPeer {

    private Peer peer;
    private SocketConnection connection;
    private boolean over;

    private SocketStream(Peer peer) {
        this.peer = peer;
    }

    /** Asks the guest for a connection; null when it has no sockets, or too many connections. */
    static AgentStream open(SocketProvider sockets, Peer peer) {
        var stream = new SocketStream(peer);
        stream.connection = sockets.connect(AgentProtocol.PORT, stream);
        return stream.connection == null ? null : stream;
    }

    /** A stream over a connection of a saved run. {@link #giveTo} follows. */
    static SocketStream restored(SocketConnection connection) {
        var stream = new SocketStream(null);
        stream.connection = connection;
        return stream;
    }

    /** From now on it is this peer's. */
    void giveTo(Peer owner) {
        peer = owner;
    }

    @Override
    public int write(byte[] bytes, int offset, int length) {
        return connection.write(bytes, offset, length);
    }

    @Override
    public void close() {
        over = true;
        connection.close();
    }

    @Override
    public boolean lasting() {
        return true;
    }

    @Override
    public void opened() {
        peer.opened();
    }

    @Override
    public void data(byte[] bytes, int offset, int length) {
        if (!over) {
            peer.data(bytes, offset, length);
        }
    }

    @Override
    public void writable() {
        if (!over) {
            peer.writable();
        }
    }

    /** Nothing more comes: without the end of its request that is no answer. */
    @Override
    public void finished() {
        if (!over) {
            close();
            peer.closed("the agent closed the connection");
        }
    }

    @Override
    public void closed() {
        if (!over) {
            over = true;
            peer.closed("the connection to the agent was closed");
        }
    }
}
