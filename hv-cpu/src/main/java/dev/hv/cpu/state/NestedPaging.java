package dev.hv.cpu.state;

/** Second-level translation (EPT or NPT) of guest-physical addresses, active in guest operation. */
public interface NestedPaging {

    /** The access is to a paging-structure entry of the guest. */
    int WALK = 8;
    /** The linear address in the call is valid. */
    int LINEAR_VALID = 16;
    /** The linear address is a user-mode one: so say all entries that translate it, or paging is off. */
    int USER_PAGE = 32;
    /** In {@link #permissions}: fetches from user-mode linear addresses. */
    int USER_FETCH = 8;
    /**
     * Added to an offset in a page of registers that a hypervisor virtualises, and {@link #translate} gives the sum instead of an address: the
     * access, once its size is known, is made by {@link #readRegister} or {@link #writeRegister}.
     */
    long REGISTERS = 1L << 62;

    /**
     * Translates one guest-physical address and leaves its rights in {@link #rights}.
     *
     * @param access {@link Mem#READ}, {@link Mem#WRITE} or {@link Mem#FETCH}, with {@link #WALK}, {@link #LINEAR_VALID} and {@link #USER_PAGE}
     * @return system-physical address, or a virtualised register ({@link #REGISTERS})
     * @throws VmExitSignal on a violation or misconfiguration
     */
    long translate(Cpu c, long guestPhysical, int access, long guestLinear);

    /** Where its tables begin and how many levels they have, for somebody who only looks; null while guest-physical addresses are not translated. */
    default Tables tables() {
        return null;
    }

    /**
     * Second-level tables.
     *
     * @param extended in the form of EPT (SDM vol. 3C, 28.3), not of ordinary paging
     */
    record Tables(long root, int levels, boolean extended) {}

    /** Rights found by the last {@link #translate}: bit {@link Mem#WRITE} when the page may be written without a further walk. */
    int rights();

    /**
     * All rights found by the last {@link #translate}: 1 reads, 2 writes without a further walk, 4 fetches from supervisor-mode linear addresses,
     * {@link #USER_FETCH} those from user-mode ones; 0 where an access means more than memory.
     */
    int permissions();

    /**
     * Looks whether an access to virtualised registers can be made.
     *
     * @param access {@link Mem#READ} or {@link Mem#WRITE}
     * @throws VmExitSignal when it cannot
     */
    default void checkRegister(Cpu c, int offset, int size, int access) {
        throw new IllegalStateException("no registers are virtualised here");
    }

    /** Reads virtualised registers; throws as {@link #checkRegister}. */
    default long readRegister(Cpu c, int offset, int size) {
        throw new IllegalStateException("no registers are virtualised here");
    }

    /** Writes virtualised registers; throws as {@link #checkRegister}. */
    default void writeRegister(Cpu c, int offset, int size, long value) {
        throw new IllegalStateException("no registers are virtualised here");
    }

    /** Whether PDPTEs of PAE paging are read where they are used, not loaded with CR3 (APM vol. 2, 15.25.4). */
    default boolean walksPdptes() {
        return false;
    }
}
