package dev.hv.devices.socket;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.ring.Packet;

/**
 * A connection with a program of the guest: bytes in order, both ways, each way ended by itself. Its packets are runs of bytes behind a pipe header;
 * an empty run is the end of a way. All methods are called on the machine's thread.
 */
public final class SocketConnection implements ChannelHandler {

    /** Pipe header: type u32, length u32. */
    private static final int TYPE = 0;
    private static final int LENGTH = 4;
    private static final int HEADER = 8;
    private static final int DATA = 1;
    /** STATUS_UNSUCCESSFUL. */
    private static final int REFUSED = 0xC000_0001;
    /** Longest run that guests take and send. */
    private static final int MOST_RECEIVED = 16 << 10;
    /** Longest run that is sent: it fits the smallest ring. */
    private static final int MOST_SENT = 2 << 10;

    private final SocketProvider provider;
    private final int port;
    private final Packet packet = new Packet();
    private final byte[] run = new byte[HEADER + MOST_SENT];
    private Channel channel;
    /** Null in a machine that was restored, until its end is found. */
    private SocketPeer peer;
    /** What the end had in the machine that was saved; null when it did not last. */
    private SocketPeer.Passing left;
    private boolean open;
    private boolean guestFinished;
    /** The host has no more to send, and the guest has been told so. */
    private boolean finishing;
    private boolean finished;
    private boolean over;

    SocketConnection(SocketProvider provider, int port) {
        this.provider = provider;
        this.port = port;
    }

    void offered(Channel made) {
        channel = made;
    }

    void setPeer(SocketPeer newPeer) {
        peer = newPeer;
    }

    SocketPeer peer() {
        return peer;
    }

    /** The host's end of a connection that was restored, if it lasts and this has it. */
    void find(SocketListener listener) {
        peer = left == null ? null : listener.restored(this, port, left);
    }

    Channel channel() {
        return channel;
    }

    /** Port of the service: the listener's, whichever side that is. */
    public int port() {
        return port;
    }

    /** Whether the guest has taken it, and it is not over. */
    public boolean open() {
        return open && !over;
    }

    /**
     * Sends bytes to the guest.
     *
     * @return how many were taken: fewer than given when the guest has to make room first, after which {@link SocketPeer#writable} is called; 0 when it
     *     is not open, or {@link #finish} was called
     */
    public int write(byte[] bytes, int offset, int length) {
        int done = 0;
        while (open() && !finishing && done < length) {
            int n = Math.min(length - done, MOST_SENT);
            System.arraycopy(bytes, offset + done, run, HEADER, n);
            if (!send(n)) {
                break;
            }
            done += n;
        }
        return done;
    }

    private boolean send(int length) {
        LittleEndian.put32(run, TYPE, DATA);
        LittleEndian.put32(run, LENGTH, length);
        return channel.send(run, 0, HEADER + length, 0, false);
    }

    /** The host sends no more; what the guest sends still comes. The connection is over when the guest has no more to send either. */
    public void finish() {
        if (open() && !finishing) {
            finishing = true;
            sendEnd();
        }
    }

    private void sendEnd() {
        finished = finished || send(0);
        if (finished && guestFinished) {
            close();
        }
    }

    /** Ends the connection, whatever the guest does with it. */
    public void close() {
        if (!over) {
            end();
            channel.rescind();
        }
    }

    /** The peer takes bytes again. */
    public void resume() {
        if (open()) {
            packetsAvailable(channel);
        }
    }

    private void end() {
        over = true;
        provider.ended(this);
        if (peer != null) {
            peer.closed();
        }
    }

    // ---- channel -----------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        if (over) {
            return REFUSED;
        }
        open = true;
        peer.opened();
        return 0;
    }

    @Override
    public void packetsAvailable(Channel from) {
        while (open() && peer != null && peer.ready() && from.receive(packet)) {
            byte[] m = packet.payload();
            int length = packet.length() < HEADER ? -1 : LittleEndian.u32(m, LENGTH);
            if (packet.type() != Packet.Type.IN_BAND || length < 0 || length > Math.min(packet.length() - HEADER, MOST_RECEIVED) || LittleEndian.u32(m, TYPE) != DATA
                    || guestFinished) {
                close();
            } else if (length > 0) {
                peer.data(m, HEADER, length);
            } else {
                guestFinished = true;
                peer.finished();
                if (finished) {
                    close();
                }
            }
        }
    }

    @Override
    public void spaceAvailable(Channel to) {
        if (finishing) {
            sendEnd();
        } else if (open() && peer != null) {
            peer.writable();
        }
    }

    @Override
    public void closed(Channel closed) {
        // nobody opens a connection again
        close();
    }

    // ---- state -------------------------------------------------------------------------------------------------------------

    void save(StateWriter out) {
        SocketPeer.Passing passing = peer == null ? left : peer.lasting() ? peer.passing() : null;
        out.put("lasting", passing != null);
        (passing == null ? SocketPeer.Passing.NONE : passing).save(out);
        out.put("open", open);
        out.put("guest-finished", guestFinished);
        out.put("finishing", finishing);
        out.put("finished", finished);
    }

    /** It was over when it was saved. */
    void restoredOver() {
        over = true;
        provider.ended(this);
    }

    void restore(StateReader in) {
        boolean lasting = in.takeBoolean();
        var passing = SocketPeer.Passing.restored(in);
        left = lasting ? passing : null;
        open = in.takeBoolean();
        guestFinished = in.takeBoolean();
        finishing = in.takeBoolean();
        finished = in.takeBoolean();
    }
}
