package dev.hv.core.hypervisor.hardware;

/**
 * The hardware's part in the guests of a virtual processor that is a hypervisor itself. What such a guest does is decided on the
 * {@link ContextOwner#registers}, whose own virtualisation unit has its hypervisor's controls; while these registers are in guest operation, entries of the
 * {@link HardwareContext} run that guest, under controls merged from its hypervisor's and ours.
 */
public interface NestedGuests {

    /**
     * A guest's access met no second-level translation that it can use.
     *
     * @return whether there is one now; otherwise its hypervisor has none, or the page is no memory of the partition's
     */
    boolean fill(VmExit exit);

    /** Whether its hypervisor waits for the moment when an interrupt could be taken, and the hardware's own controls do not tell. */
    boolean waitsForWindow();

    /** An instruction was carried out for the hypervisor: what it drops of translations goes here, too. */
    void executed(VmExit exit);

    /** In the place of a machine's number. */
    long NO_MACHINE = -1;

    /** The hypervisor's number of the machine whose processors flush each other's translations without it, or {@link #NO_MACHINE} (TLFS, "Direct virtual flush"). */
    default long directFlushMachine() {
        return NO_MACHINE;
    }

    /** The hypervisor's number of the processor that runs, or ran last. */
    default int directFlushProcessor() {
        return 0;
    }

    /** Drops linear translations of its guest. */
    default void flush() {}

    /** Makes the exit to the hypervisor that it wants after a flush; false when it wants none. The registers are up to date. */
    default boolean exitAfterFlush() {
        return false;
    }

    /** What it has used so far of what makes them lighter. */
    NestedCounts counts();

    /** The partition's own mappings say less than before: second-level translations of all its guests are dropped. */
    void drop();

    /** The hypervisor's tables say less than before, as {@link #drop}. */
    void dropTheirs();
}
