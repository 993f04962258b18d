package dev.hv.devices.socket;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.channel.SocketRequests;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sockets of one guest (AF_VSOCK over Hyper-V in Linux, AF_HYPERV in Windows). A service is a GUID; those of Linux are ports. Programs of the guest reach
 * listeners of the host, and the host reaches services that programs of the guest listen on. All methods are called on the machine's thread.
 */
public final class SocketProvider implements SocketRequests, Saveable {

    /** Connections that a guest may have at a time. */
    public static final int MOST = 256;

    private static final int STATE_VERSION = 2;
    /** The identity of all ports, but for its first four bytes: 00000000-facb-11e6-bd58-64006a7986d3. */
    private static final Guid PORTS = Guid.of("00000000-facb-11e6-bd58-64006a7986d3");
    /** The identities of connections that the host asks for, but for a number. */
    private static final Guid FROM_HOST = Guid.of("00000000-6876-736f-636b-000000000001");

    private final Offers bus;
    private final Map<Integer, SocketListener> listeners = new HashMap<>();
    private SocketListener others = (connection, port) -> null;
    private final Map<Guid, SocketConnection> connections = new LinkedHashMap<>();
    private long asked;

    /** Offers connections on a bus, which hands the guest's requests to this. */
    public SocketProvider(Offers bus) {
        this.bus = bus;
    }

    /** The service that a port is. */
    public static Guid service(int port) {
        return new Guid(PORTS.first() | port & 0xFFFF_FFFFL, PORTS.second());
    }

    /** Sets who takes connections to a port. */
    public void listen(int port, SocketListener listener) {
        listeners.put(port, listener);
    }

    /** Sets who takes connections to ports that nobody listens on by himself; of those that were restored, too. */
    public void listenElse(SocketListener listener) {
        others = listener;
        for (SocketConnection c : connections.values()) {
            if (c.peer() == null && !listeners.containsKey(c.port())) {
                c.find(listener);
            }
        }
    }

    /**
     * Asks for a connection with a program of the guest.
     *
     * @return the connection, which is open when {@link SocketPeer#opened} is called; null when the guest has no sockets, or too many connections
     */
    public SocketConnection connect(int port, SocketPeer peer) {
        if (!bus.connected() || connections.size() == MOST) {
            return null;
        }
        var c = new SocketConnection(this, port);
        c.setPeer(peer);
        offer(c, service(port), new Guid(FROM_HOST.first() | ++asked & 0xFFFF_FFFFL, FROM_HOST.second()), true);
        return c;
    }

    private void offer(SocketConnection c, Guid service, Guid endpoint, boolean toGuest) {
        connections.put(endpoint, c);
        c.offered(bus.offer(ChannelOffer.socket(service, endpoint, "socket", toGuest), c));
    }

    @Override
    public boolean connect(Guid endpoint, Guid service) {
        int port = (int) service.first();
        if (!service.equals(service(port)) || connections.containsKey(endpoint) || connections.size() == MOST) {
            return false;
        }
        var c = new SocketConnection(this, port);
        SocketPeer peer = listener(port).accept(c, port);
        if (peer == null) {
            return false;
        }
        c.setPeer(peer);
        offer(c, service, endpoint, false);
        return true;
    }

    private SocketListener listener(int port) {
        return listeners.getOrDefault(port, others);
    }

    /** How many connections there are. */
    public int count() {
        return connections.size();
    }

    void ended(SocketConnection c) {
        connections.values().remove(c);
    }

    // ---- state -------------------------------------------------------------------------------------------------------------

    @Override
    public ChannelHandler restored(ChannelOffer offer) {
        var c = new SocketConnection(this, (int) offer.interfaceId().first());
        connections.put(offer.instanceId(), c);
        return c;
    }

    @Override
    public void restored(Channel channel) {
        connections.get(channel.offer().instanceId()).offered(channel);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("sockets", STATE_VERSION);
        out.put("asked", asked);
        out.put("connections-count", connections.size());
        byte[] guid = new byte[Guid.SIZE];
        connections.forEach((endpoint, c) -> {
            endpoint.put(guid, 0);
            out.put("guid", guid, 0, guid.length);
            c.save(out);
        });
        out.end();
    }

    /** Restores what the bus, restored before, has given channels. {@link #goOn} follows when everything is restored. */
    @Override
    public void restore(StateReader in) {
        in.begin("sockets", STATE_VERSION);
        asked = in.take();
        // the bus also has those that are over and that the guest has not let go of yet
        Map<Guid, SocketConnection> found = new LinkedHashMap<>(connections);
        long saved = in.take();
        for (long i = 0; i < saved; i++) {
            SocketConnection c = found.remove(Guid.at(in.takeBytes(), 0));
            if (c == null) {
                throw new StateFormatException("a connection that is not on the bus");
            }
            c.restore(in);
            c.find(listener(c.port()));
        }
        found.values().forEach(SocketConnection::restoredOver);
        in.end();
    }

    /** A restored machine is about to go on: its guest is told of connections whose ends did not last that they are closed. */
    public void goOn() {
        for (SocketConnection c : List.copyOf(connections.values())) {
            if (c.peer() == null) {
                c.close();
            }
        }
    }
}
