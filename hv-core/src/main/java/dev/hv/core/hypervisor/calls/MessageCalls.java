package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Port;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.synic.Synic;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSynic;
import java.util.List;

/** Hypercalls about ports, connections, messages and events (TLFS, "Inter-partition communication"). */
final class MessageCalls {

    private static final int IS_DOORBELL = 1;
    private static final int MOST_PORTS = 1 << 16;
    /** Messages for a processor: partition 0, processor 8, trust level 12, source 16, message 20. */
    private static final int DIRECT_MESSAGE = 20;
    private static final int DIRECT_SIZE = DIRECT_MESSAGE + HvMessage.SIZE + 4;

    private final Targets targets;
    private final byte[] message = new byte[HvMessage.PAYLOAD_LIMIT];
    private final byte[] direct = new byte[HvMessage.PAYLOAD_LIMIT];

    MessageCalls(Targets targets) {
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.CREATE_PORT, "HvCallCreatePort", HvPrivilege.CREATE_PORT, HvPort.CREATE_SIZE, 0, this::createPort),
                simple(HvCallCode.DELETE_PORT, "HvCallDeletePort", HvPrivilege.CREATE_PORT, 16, 0, this::deletePort),
                simple(HvCallCode.CONNECT_PORT, "HvCallConnectPort", HvPrivilege.CONNECT_PORT, HvPort.CONNECT_SIZE, 0, this::connectPort),
                simple(HvCallCode.DISCONNECT_PORT, "HvCallDisconnectPort", HvPrivilege.CONNECT_PORT, 16, 0, this::disconnectPort),
                simple(HvCallCode.NOTIFY_PORT_RING_EMPTY, "HvCallNotifyPortRingEmpty", HvPrivilege.CREATE_PARTITIONS, 8, 0, MessageCalls::ringEmpty),
                simple(HvCallCode.POST_MESSAGE, "HvCallPostMessage", HvPrivilege.POST_MESSAGES, 16 + HvMessage.PAYLOAD_LIMIT, 0, this::postMessage),
                simple(HvCallCode.SIGNAL_EVENT, "HvCallSignalEvent", HvPrivilege.SIGNAL_EVENTS, 8, 0, MessageCalls::signalEvent),
                simple(HvCallCode.POST_MESSAGE_DIRECT, "HvCallPostMessageDirect", HvPrivilege.CREATE_PARTITIONS, DIRECT_SIZE, 0, this::postDirect),
                simple(HvCallCode.SIGNAL_EVENT_DIRECT, "HvCallSignalEventDirect", HvPrivilege.CREATE_PARTITIONS, 16, 8, this::signalDirect));
    }

    /** Makes a port of the caller's, or of a child's, to which the partition named may connect. */
    private HvStatus createPort(Caller c, HypercallParameters p, int repetition) {
        Partition owner = targets.any(c, p.u64(HvPort.CREATE_PARTITION));
        Partition peer = targets.any(c, p.u64(HvPort.CREATE_CONNECTION_PARTITION));
        if (owner == null || peer == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        int id = p.u32(HvPort.CREATE_ID);
        if (id <= 0 || id >= HvPort.ID_LIMIT || owner.ports().containsKey(id)) {
            return HvStatus.INVALID_PORT_ID;
        }
        int type = p.u32(HvPort.CREATE_TYPE);
        int sint = p.u32(HvPort.CREATE_SINT);
        int base = p.u16(HvPort.CREATE_BASE_FLAG);
        int flags = p.u16(HvPort.CREATE_FLAGS);
        boolean badEvent = type == HvPort.EVENT && (flags == 0 || base + flags > HvSynic.EVENT_FLAGS);
        boolean known = type == HvPort.MESSAGE || type == HvPort.EVENT || type == HvPort.DOORBELL && owner.space() != null;
        if (!known || sint < 0 || sint >= HvSynic.SINTS || badEvent) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (owner.ports().size() == MOST_PORTS) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        owner.ports().put(id, new Port(owner, id, type, peer.id(), sint, p.u32(HvPort.CREATE_VP), base, flags));
        return HvStatus.SUCCESS;
    }

    /** Input: partition 0, port 8. What is sent over connections to it is refused from now on. */
    private HvStatus deletePort(Caller c, HypercallParameters p, int repetition) {
        Partition owner = targets.any(c, p);
        if (owner == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        return owner.ports().remove(p.u32(8)) == null ? HvStatus.INVALID_PORT_ID : HvStatus.SUCCESS;
    }

    private HvStatus connectPort(Caller c, HypercallParameters p, int repetition) {
        Partition from = targets.any(c, p.u64(HvPort.CONNECT_PARTITION));
        Partition owner = targets.any(c, p.u64(HvPort.CONNECT_PORT_PARTITION));
        if (from == null || owner == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        Port port = owner.ports().get(p.u32(HvPort.CONNECT_PORT));
        if (port == null || port.peer() != from.id()) {
            return HvStatus.INVALID_PORT_ID;
        }
        if (p.u32(HvPort.CONNECT_TYPE) != port.type()) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (port.type() == HvPort.DOORBELL) {
            return from.doorbells().connect(p.u32(HvPort.CONNECT_ID), port, p.u64(HvPort.CONNECT_GPA), p.u64(HvPort.CONNECT_VALUE), p.u64(HvPort.CONNECT_FLAGS));
        }
        return from.connections().connect(p.u32(HvPort.CONNECT_ID), port);
    }

    /** Input: partition 0, connection 8, whether it is a doorbell 12. */
    private HvStatus disconnectPort(Caller c, HypercallParameters p, int repetition) {
        Partition from = targets.any(c, p);
        if (from == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        return (p.u32(12) & IS_DOORBELL) != 0 ? from.doorbells().disconnect(p.u32(8)) : from.connections().disconnect(p.u32(8));
    }

    /** Input: connection 0, reserved 4, type 8, size 12, payload 16. */
    private HvStatus postMessage(Caller c, HypercallParameters p, int repetition) {
        int type = p.u32(8);
        int size = p.u32(12);
        if (p.u32(4) != 0 || Port.badLength(size) || type == HvMessage.NONE || (type & HvMessage.HYPERVISOR_TYPES) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (parents(c, p.u32(0))) {
            return p.leave();
        }
        p.copy(16, message, 0, size);
        return c.partition().connections().post(p.u32(0), c.vp() == null ? 0 : c.vp().index(), type, message, size);
    }

    /** Input: source 0. */
    private static HvStatus ringEmpty(Caller c, HypercallParameters p, int repetition) {
        if (p.u32(0) < 0 || p.u32(0) >= HvSynic.SINTS) {
            return HvStatus.INVALID_PARAMETER;
        }
        c.partition().doorbells().ringAgain();
        return HvStatus.SUCCESS;
    }

    /** Input: connection 0, flag 4, reserved 6. */
    private static HvStatus signalEvent(Caller c, HypercallParameters p, int repetition) {
        if (p.u16(4) >= HvSynic.EVENT_FLAGS || p.u16(6) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        return parents(c, p.u32(0)) ? p.leave() : c.partition().connections().signal(p.u32(0), p.u16(4));
    }

    /** Whether what goes over a connection is for the caller's parent, because there is no such connection and it asked for that. */
    private static boolean parents(Caller c, int connection) {
        return c.vp() != null && !c.partition().connections().has(connection) && c.partition().intercepts().has(HvInterceptType.UNKNOWN_CONNECTION);
    }

    /** Input: partition 0, processor 8, trust level 12, source 16, message 20. */
    private HvStatus postDirect(Caller c, HypercallParameters p, int repetition) {
        int sint = p.u32(16);
        HvStatus status = checkDirect(c, p, sint);
        if (!status.ok()) {
            return status;
        }
        int length = p.u8(DIRECT_MESSAGE + HvMessage.PAYLOAD_SIZE);
        if (Port.badLength(length)) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.copy(DIRECT_MESSAGE + HvMessage.PAYLOAD, direct, 0, length);
        return synic(c, p).post(sint, p.u32(DIRECT_MESSAGE + HvMessage.TYPE), p.u64(DIRECT_MESSAGE + HvMessage.SENDER), direct, 0, length);
    }

    /** Input: partition 0, processor 8, trust level 12, source 13, flag 14; output: whether the flag was clear before. */
    private HvStatus signalDirect(Caller c, HypercallParameters p, int repetition) {
        int sint = p.u8(13);
        HvStatus status = checkDirect(c, p, sint);
        if (!status.ok()) {
            return status;
        }
        Synic synic = synic(c, p);
        status = synic.signal(sint, p.u16(14));
        p.put(0, 8, status.ok() && synic.newlySignalled() ? 1 : 0);
        return status;
    }

    private HvStatus checkDirect(Caller c, HypercallParameters p, int sint) {
        Partition partition = targets.child(c, p);
        if (partition == null) {
            return Targets.refusal(c, p);
        }
        VirtualProcessor vp = partition.processors().get(p.u32(8));
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        boolean bad = vp.synthetic() == null || sint < 0 || sint >= HvSynic.SINTS || Targets.badVtl(p.u8(12));
        return bad ? HvStatus.INVALID_PARAMETER : HvStatus.SUCCESS;
    }

    private Synic synic(Caller c, HypercallParameters p) {
        return targets.child(c, p).processors().get(p.u32(8)).synic();
    }
}
