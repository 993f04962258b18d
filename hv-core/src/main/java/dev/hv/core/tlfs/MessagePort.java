package dev.hv.core.tlfs;

/** A message port of the root partition: receives what a child posts to the connection (TLFS, inter-partition communication). */
@FunctionalInterface
public interface MessagePort {

    /**
     * A message was posted. Called by the logical processor that executes the hypercall, with the machine's lock.
     *
     * @param vp virtual processor that posted it
     * @param type message type that the child gave
     * @param payload up to 240 bytes, valid during the call
     * @return SUCCESS, or what the child's hypercall answers: INSUFFICIENT_BUFFERS makes it try again
     */
    HvStatus message(int vp, int type, byte[] payload, int length);
}
