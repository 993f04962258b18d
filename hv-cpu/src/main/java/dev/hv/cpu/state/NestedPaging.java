package dev.hv.cpu.state;

/** Second-level translation (EPT or NPT) of guest-physical addresses, active in guest operation. */
public interface NestedPaging {

    /** The access is to a paging-structure entry of the guest. */
    int WALK = 8;
    /** The linear address in the call is valid. */
    int LINEAR_VALID = 16;

    /**
     * Translates one guest-physical address and leaves its rights in {@link #rights}.
     *
     * @param access {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}, with {@link #WALK} and {@link #LINEAR_VALID}
     * @return system-physical address
     * @throws VmExitSignal on a violation or misconfiguration
     */
    long translate(Cpu c, long guestPhysical, int access, long guestLinear);

    /** Rights found by the last {@link #translate}: bit {@link Mem#WRITE} when the page may be written without a further walk. */
    int rights();

    /** Whether PDPTEs of PAE paging are read where they are used, not loaded with CR3 (APM vol. 2, 15.25.4). */
    default boolean walksPdptes() {
        return false;
    }
}
