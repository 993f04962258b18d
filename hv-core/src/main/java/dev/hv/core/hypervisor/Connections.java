package dev.hv.core.hypervisor;

import dev.hv.core.tlfs.EventPort;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.MessagePort;
import java.util.HashMap;
import java.util.Map;

/** A partition's connections to ports of the root partition (TLFS, "Inter-partition communication"). */
final class Connections {

    /** Connection ids have 24 bits. */
    static final int ID_LIMIT = 1 << 24;
    private static final int MOST = 8192;

    /** What a connection leads to. */
    sealed interface Connection permits Message, Event {}

    /** A message port. */
    record Message(MessagePort port) implements Connection {}

    /** An event port. */
    record Event(EventPort port) implements Connection {}

    private final Map<Integer, Connection> byId = new HashMap<>();

    /** Connects; OBJECT_IN_USE for an id that is taken. */
    HvStatus connect(int id, Connection connection) {
        if (id <= 0 || id >= ID_LIMIT) {
            return HvStatus.INVALID_CONNECTION_ID;
        }
        if (byId.size() == MOST) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        return byId.putIfAbsent(id, connection) == null ? HvStatus.SUCCESS : HvStatus.OBJECT_IN_USE;
    }

    /** Disconnects. */
    HvStatus disconnect(int id) {
        return byId.remove(id) == null ? HvStatus.INVALID_CONNECTION_ID : HvStatus.SUCCESS;
    }

    /** A guest posts a message. */
    HvStatus post(int id, int vp, int type, byte[] payload, int length) {
        return byId.get(id) instanceof Message(MessagePort port) ? port.message(vp, type, payload, length) : HvStatus.INVALID_CONNECTION_ID;
    }

    /** A guest signals an event. */
    HvStatus signal(int id, int flag) {
        return byId.get(id) instanceof Event(EventPort port) ? port.signalled(flag) : HvStatus.INVALID_CONNECTION_ID;
    }
}
