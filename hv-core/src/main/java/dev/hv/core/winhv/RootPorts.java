package dev.hv.core.winhv;

import dev.hv.core.tlfs.EventPort;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSynic;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.core.tlfs.MessagePort;
import dev.hv.core.tlfs.RootSynic;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The root partition's ports, and which of its services hears of what: messages by port, events by the flag that the port was given,
 * intercepts by partition. A port has a place of its own among the event flags of all sources of all the processors that the root could have.
 */
final class RootPorts implements RootSynic {

    /** Id of the root partition. */
    static final long ROOT = 1;

    /** Sources below this are left to others. */
    private static final int FIRST_SINT = 2;
    private static final int SINTS_USED = HvSynic.SINTS - FIRST_SINT;
    private static final int MOST = 1 << 16;

    /** A port with its connection and its listener, one of the two. */
    record Place(int id, long partition, int connection, MessagePort messages, EventPort events) {

        int type() {
            return messages != null ? HvPort.MESSAGE : HvPort.EVENT;
        }

        private int flag() {
            return id % HvSynic.EVENT_FLAGS;
        }

        private int sint() {
            return FIRST_SINT + id / HvSynic.EVENT_FLAGS % SINTS_USED;
        }

        private int vp() {
            return id / HvSynic.EVENT_FLAGS / SINTS_USED;
        }

        /** Puts the input of HvCallCreatePort. */
        CallPages create(CallPages calls) {
            calls.put(HvPort.CREATE_PARTITION, 8, ROOT).put(HvPort.CREATE_ID, 4, id).put(HvPort.CREATE_CONNECTION_PARTITION, 8, partition)
                    .put(HvPort.CREATE_TYPE, 4, type()).put(HvPort.CREATE_SINT, 4, sint()).put(HvPort.CREATE_VP, 4, vp());
            return messages != null ? calls : calls.put(HvPort.CREATE_BASE_FLAG, 2, flag()).put(HvPort.CREATE_FLAGS, 2, 1);
        }

        /** Puts the input of HvCallConnectPort. */
        CallPages connect(CallPages calls) {
            return calls.put(HvPort.CONNECT_PARTITION, 8, partition).put(HvPort.CONNECT_ID, 4, connection).put(HvPort.CONNECT_PORT_PARTITION, 8, ROOT)
                    .put(HvPort.CONNECT_PORT, 4, id).put(HvPort.CONNECT_TYPE, 4, type());
        }
    }

    /** By port id; null where there is none. */
    private final List<Place> places = new ArrayList<>();
    private final BitSet taken = new BitSet();
    /** By partition and connection. */
    private final Map<Long, Map<Integer, Place>> connections = new HashMap<>();
    private final Map<Long, ChildIntercepts> handlers = new HashMap<>();

    RootPorts() {
        // no port has the id 0
        taken.set(0);
        places.add(null);
    }

    /** A place for a message port; null when there is no more. */
    Place add(long partition, int connection, MessagePort listener) {
        return add(partition, connection, listener, null);
    }

    /** A place for an event port; null when there is no more. */
    Place add(long partition, int connection, EventPort listener) {
        return add(partition, connection, null, listener);
    }

    private Place add(long partition, int connection, MessagePort messages, EventPort events) {
        int id = taken.nextClearBit(0);
        if (id == MOST) {
            return null;
        }
        taken.set(id);
        while (places.size() <= id) {
            places.add(null);
        }
        var place = new Place(id, partition, connection, messages, events);
        places.set(id, place);
        connections.computeIfAbsent(partition, p -> new HashMap<>()).putIfAbsent(connection, place);
        return place;
    }

    /** The place of a connection; null when there is none. */
    Place find(long partition, int connection) {
        return connections.getOrDefault(partition, Map.of()).get(connection);
    }

    void remove(Place p) {
        places.set(p.id(), null);
        taken.clear(p.id());
        connections.getOrDefault(p.partition(), new HashMap<>()).remove(p.connection(), p);
    }

    /** Sets who answers a partition's intercepts. */
    void listen(long partition, ChildIntercepts intercepts) {
        handlers.put(partition, intercepts);
    }

    /** Forgets a partition; gives the ids of the ports that were connected with it. */
    List<Integer> forget(long partition) {
        handlers.remove(partition);
        Map<Integer, Place> its = connections.remove(partition);
        List<Integer> ids = new ArrayList<>();
        if (its != null) {
            for (Place p : its.values()) {
                ids.add(p.id());
                places.set(p.id(), null);
                taken.clear(p.id());
            }
        }
        return ids;
    }

    private Place at(int id) {
        return id < places.size() ? places.get(id) : null;
    }

    @Override
    public HvStatus message(int port, int vp, int type, byte[] payload, int length) {
        Place p = at(port);
        return p == null || p.messages() == null ? HvStatus.INVALID_PORT_ID : p.messages().message(vp, type, payload, length);
    }

    @Override
    public HvStatus event(int vp, int sint, int flag) {
        Place p = at((vp * SINTS_USED + sint - FIRST_SINT) * HvSynic.EVENT_FLAGS + flag);
        return p == null || p.events() == null ? HvStatus.INVALID_PORT_ID : p.events().signalled();
    }

    @Override
    public InterceptHandler intercepts(long partition) {
        ChildIntercepts its = handlers.get(partition);
        return its == null ? null : its.handler();
    }

    @Override
    public InterceptReceiver receiver(long partition) {
        return handlers.get(partition);
    }
}
