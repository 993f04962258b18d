package dev.hv.core.tlfs;

/** The root partition's ear for what a child partition's virtual processors do: called on the machine's thread. */
public interface InterceptHandler {

    /** IN or OUT. */
    void ioPort(IoPortIntercept message);

    /** An access to guest-physical addresses without memory. */
    void memory(MemoryIntercept message);

    /** HvMessageTypeX64ApicEoi: a level-triggered interrupt was ended. */
    void endOfInterrupt(int vector);

    /** Acknowledge cycle of an ExtINT interrupt: the vector that the partition's interrupt controller gives. */
    int acknowledgeExternalInterrupt();

    /** The guest asked for a reset of its partition through the RESET MSR. */
    void resetRequested();

    /** The partition stopped; called once. */
    void stopped(VpStop stop);
}
