package dev.hv.vmbus.protocol;

/** Says in words what a device's packets carry, for traces. */
@FunctionalInterface
public interface PayloadText {

    /**
     * Describes a payload, which may be anything at all: nothing in it can be relied on.
     *
     * @param payload bytes of the packet behind its descriptor
     * @param length bytes that count
     * @param completion whether it answers a packet of the other side
     * @param out where the words go
     */
    void describe(boolean fromGuest, byte[] payload, int length, boolean completion, StringBuilder out);
}
