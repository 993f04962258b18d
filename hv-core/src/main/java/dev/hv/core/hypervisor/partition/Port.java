package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPort;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.RootSynic;
import java.util.function.Function;

/**
 * A port: where a partition receives what is sent over the connections to it (TLFS, "Inter-partition communication"). It leads to a
 * synthetic interrupt source of one of the partition's virtual processors.
 *
 * @param owner partition that receives
 * @param id unique in that partition
 * @param type {@link HvPort#MESSAGE}, {@link HvPort#EVENT} or {@link HvPort#DOORBELL}
 * @param peer id of the partition that may connect
 * @param sint synthetic interrupt source
 * @param vp virtual processor of the owner
 * @param baseFlag first event flag; of an event port
 * @param flags number of event flags; of an event port
 */
public record Port(Partition owner, int id, int type, long peer, int sint, int vp, int baseFlag, int flags) {

    /** A message over a connection to it. */
    public HvStatus post(int fromVp, int messageType, byte[] payload, int length) {
        if (type != HvPort.MESSAGE) {
            return HvStatus.INVALID_CONNECTION_ID;
        }
        if (owner.ports().get(id) != this) {
            return HvStatus.INVALID_PORT_ID;
        }
        RootSynic services = owner.services();
        if (services != null) {
            return services.message(id, fromVp, messageType, payload, length);
        }
        return deliver(target -> target.synic().post(sint, messageType, id, payload, 0, length));
    }

    /** An event over a connection to it. */
    public HvStatus signal(int flag) {
        if (type != HvPort.EVENT) {
            return HvStatus.INVALID_CONNECTION_ID;
        }
        if (flag >= flags) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (owner.ports().get(id) != this) {
            return HvStatus.INVALID_PORT_ID;
        }
        RootSynic services = owner.services();
        if (services != null) {
            return services.event(vp, sint, baseFlag + flag);
        }
        return deliver(target -> target.synic().signal(sint, baseFlag + flag));
    }

    /** A doorbell that leads to it was rung. What finds no room in the owner's ring waits until the owner says that there is some. */
    void ring() {
        if (owner.ports().get(id) == this && !tryRing()) {
            owner.doorbells().ringLater(this);
        }
    }

    boolean tryRing() {
        for (VirtualProcessor each : owner.processors().values()) {
            if ((vp == HvPort.ANY_VP || vp == each.index()) && each.synthetic() != null) {
                return each.synic().ring(sint, id, owner.doorbells().ring(each));
            }
        }
        return true;
    }

    /** To the processor that the port leads to; of any processor, to the first that takes it. INVALID_VP_STATE when there is none. */
    private HvStatus deliver(Function<VirtualProcessor, HvStatus> to) {
        HvStatus status = HvStatus.INVALID_VP_STATE;
        for (VirtualProcessor each : owner.processors().values()) {
            if ((vp == HvPort.ANY_VP || vp == each.index()) && each.synthetic() != null) {
                status = to.apply(each);
                if (status.ok()) {
                    return status;
                }
            }
        }
        return status;
    }

    /** Bytes of a message's payload at most. */
    public static boolean badLength(int length) {
        return length < 0 || length > HvMessage.PAYLOAD_LIMIT;
    }
}
