package dev.hv.vmbus.guest;

import dev.hv.core.machine.DmaBus;
import dev.hv.vmbus.VmbusPartition;

/** Another host's view of the same guest: its memory and its processors, and ports that nobody listens on yet. */
public final class MovedPartition implements VmbusPartition {

    private final TestPartition guest;
    private final TestPartition ports = new TestPartition(2);
    private int posts;

    /** A view of a guest. */
    public MovedPartition(TestPartition guest) {
        this.guest = guest;
    }

    /** The guest signals a connection here. */
    public void signal(int connection) {
        if (!ports.signal(connection)) {
            throw new AssertionError("nobody listens on connection " + connection);
        }
    }

    /** Messages that were posted from here. */
    public int posts() {
        return posts;
    }

    @Override
    public DmaBus memory() {
        return guest.memory();
    }

    @Override
    public boolean postMessage(int vp, int sint, byte[] payload, int length) {
        posts++;
        return guest.postMessage(vp, sint, payload, length);
    }

    @Override
    public void signalEvent(int vp, int sint, int flag) {
        guest.signalEvent(vp, sint, flag);
    }

    @Override
    public void listenMessages(int connection, MessageListener listener) {
        ports.listenMessages(connection, listener);
    }

    @Override
    public void listenEvents(int connection, Runnable signalled) {
        ports.listenEvents(connection, signalled);
    }

    @Override
    public void disconnect(int connection) {
        ports.disconnect(connection);
    }
}
