package dev.hv.core.tlfs;

/**
 * The root partition's ear for what a child partition's virtual processors do: called by the logical processor that runs the virtual one,
 * with the machine's lock.
 */
public interface InterceptHandler {

    /** IN or OUT. */
    void ioPort(IoPortIntercept message);

    /** An access to guest-physical addresses without memory. */
    void memory(MemoryIntercept message);

    /** HvMessageTypeX64ApicEoi: a level-triggered interrupt was ended. */
    void endOfInterrupt(int vector);

    /** Acknowledge cycle of an ExtINT interrupt: the vector that the partition's interrupt controller gives. */
    int acknowledgeExternalInterrupt();

    /**
     * HvMessageTypeX64LegacyFpError: a virtual processor with CR0.NE clear stands before an instruction that waits for an unmasked
     * x87 error; its FERR# is asserted.
     *
     * @return whether its IGNNE# is asserted, so that the instruction runs all the same
     */
    boolean legacyFpError(int vp);

    /** The error that {@link #legacyFpError} told of is cleared or masked: FERR# is no longer asserted. */
    void legacyFpErrorCleared(int vp);

    /**
     * HvCallRetargetDeviceInterrupt: a device's interrupt is to go elsewhere.
     *
     * @param device device id
     * @param address address of the message as the guest knows it
     * @param data data of the message as the guest knows it
     * @param multicast to all of the processors, or to one of them
     * @param processors mask of virtual processors
     * @return the answer to the guest
     */
    HvStatus retargetInterrupt(long device, int address, int data, int vector, boolean multicast, long processors);

    /**
     * A guest in the root's place has the machine go to sleep (HvCallEnterSleepState).
     *
     * @param type sleep type for the power-management control register (ACPI, 4.8.3.2.1)
     */
    void sleep(int type);

    /** The guest asked for a reset of its partition through the RESET MSR. */
    void resetRequested();

    /** The guest reported through the crash registers that it has crashed; it may do so again and again. */
    void crashReported(CrashReport report);

    /**
     * A virtual processor cannot go on. After {@link VpStop.Reason#UNRECOVERABLE_EXCEPTION} it waits, as after any intercept, and the others of its
     * partition run until the handler stops them; after other reasons none of them runs any more.
     */
    void stopped(VpStop stop);
}
