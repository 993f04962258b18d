package dev.hv.core.tlfs;

/**
 * What arrives at the synthetic interrupt controllers of a root partition whose services are no guest: they take it at once, on the
 * thread that brings it. A root that is a guest finds the same in the message and event pages of its processors.
 */
public interface RootSynic {

    /**
     * A message arrived at a port of the root's.
     *
     * @param port port id
     * @param vp virtual processor of the partition that posted it
     * @param type message type
     * @param payload up to 240 bytes, valid during the call
     * @return SUCCESS, or what the sender's hypercall answers: INSUFFICIENT_BUFFERS makes it try again
     */
    HvStatus message(int port, int vp, int type, byte[] payload, int length);

    /**
     * An event flag was set.
     *
     * @param vp virtual processor of the root that the port leads to
     * @param sint its synthetic interrupt source
     * @param flag number of the flag
     */
    HvStatus event(int vp, int sint, int flag);

    /** Who is told of what a child's guest asks for beside its intercept messages; null while nobody is. */
    InterceptHandler intercepts(long partition);

    /** Where a child's intercept messages go; null while nobody takes them. */
    InterceptReceiver receiver(long partition);
}
