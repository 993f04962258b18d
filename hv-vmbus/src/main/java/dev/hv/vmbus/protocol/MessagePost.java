package dev.hv.vmbus.protocol;

/** Takes messages for a guest to the hypervisor. */
@FunctionalInterface
public interface MessagePost {

    /**
     * Queues a message of type 1 for a synthetic interrupt source of a virtual processor.
     *
     * @return false when the hypervisor cannot take it
     */
    boolean postMessage(int vp, int sint, byte[] payload, int length);
}
