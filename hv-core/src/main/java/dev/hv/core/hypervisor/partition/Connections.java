package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** A partition's connections to ports, of other partitions or its own (TLFS, "Inter-partition communication"). */
public final class Connections {

    private static final int MOST = 8192;

    private final Map<Integer, Port> byId = new HashMap<>();

    /** Connects; OBJECT_IN_USE for an id that is taken. */
    public HvStatus connect(int id, Port port) {
        if (id <= 0 || id >= HvPort.ID_LIMIT) {
            return HvStatus.INVALID_CONNECTION_ID;
        }
        if (byId.size() == MOST) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        return byId.putIfAbsent(id, port) == null ? HvStatus.SUCCESS : HvStatus.OBJECT_IN_USE;
    }

    /** Disconnects. */
    public HvStatus disconnect(int id) {
        return byId.remove(id) == null ? HvStatus.INVALID_CONNECTION_ID : HvStatus.SUCCESS;
    }

    /** Looks at each. */
    void forEach(BiConsumer<Integer, Port> visitor) {
        byId.forEach(visitor);
    }

    /** Whether there is one with this id. */
    public boolean has(int id) {
        return byId.containsKey(id);
    }

    /** Ends all. */
    public void clear() {
        byId.clear();
    }

    /** A guest posts a message. */
    public HvStatus post(int id, int vp, int type, byte[] payload, int length) {
        Port port = byId.get(id);
        return port == null ? HvStatus.INVALID_CONNECTION_ID : port.post(vp, type, payload, length);
    }

    /** A guest signals an event. */
    public HvStatus signal(int id, int flag) {
        Port port = byId.get(id);
        return port == null ? HvStatus.INVALID_CONNECTION_ID : port.signal(flag);
    }
}
