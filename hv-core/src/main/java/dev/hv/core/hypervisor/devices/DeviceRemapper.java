package dev.hv.core.hypervisor.devices;

/**
 * An IOMMU of one vendor, as a hypervisor drives it: through its registers and tables in memory. A domain's table is the second-level table of a partition, whose form
 * the vendor's IOMMU understands: EPT is that of VT-d, and what AMD's page tables need beside NPT's bits is written there ({@code NptFormat}). Each device that a partition has
 * has a slot, and there interrupts of its own, which no other device can send.
 */
public interface DeviceRemapper {

    /** Buses whose devices it knows, from 0 on. */
    int BUSES = 32;
    /** Devices that partitions can have at a time. */
    int SLOTS = 32;
    /** Interrupts of a device. */
    int INTERRUPTS = 128;
    /** Where messages of interrupts go, whatever else their addresses say. */
    long MESSAGES = 0xFEE0_0000L;

    /** Pages, one behind the other, that it wants for tables and queues. */
    int pages();

    /**
     * Turns the unit on: no device reaches anything, nor interrupts anybody.
     *
     * @param faultVector vector at the first logical processor of the unit's own interrupt when it has faults to tell of
     */
    void start(long pages, int faultVector);

    /** Whether it knows this requester. */
    default boolean knows(int requester) {
        return requester >= 0 && requester < BUSES << 8;
    }

    /**
     * Lets a device reach what a second-level table of four levels maps. It has no interrupts yet.
     *
     * @param slot whose interrupts it has
     * @param domain not 0, of no other table
     */
    void assign(int requester, int slot, int domain, long root);

    /** A device reaches nothing any more, and interrupts nobody. */
    void release(int requester, int slot, int domain);

    /** Whether the unit marks in second-level tables what devices access and write to, as processors do. */
    boolean marks();

    /** Translations of a domain were taken away. */
    void forget(int domain);

    /** Address of a device's message for the first of some interrupts in a row. */
    long address(int slot, int interrupt);

    /** Data of that message; those of the others are higher by one each. */
    int data(int slot, int interrupt);

    /** Has an interrupt of a device go to a vector of a logical processor. */
    void route(int requester, int slot, int interrupt, int processor, int vector);

    /** An interrupt of a device goes nowhere any more: it is a fault. */
    void block(int requester, int slot, int interrupt);

    /** Takes all faults out of the unit's records, oldest first, and has it go on recording. */
    void takeFaults(DeviceFaults into);
}
