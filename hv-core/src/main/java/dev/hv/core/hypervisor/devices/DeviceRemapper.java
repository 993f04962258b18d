package dev.hv.core.hypervisor.devices;

/**
 * An IOMMU of one vendor, as a hypervisor drives it: through its registers and tables in memory. A domain's table is the second-level table of a partition, whose form
 * the vendor's IOMMU understands: EPT is that of VT-d, and what AMD's page tables need beside NPT's bits is written there ({@code NptFormat}).
 */
public interface DeviceRemapper {

    /** Pages, one behind the other, that it wants for tables and queues. */
    int pages();

    /** Turns the unit on: no device reaches anything. */
    void start(long pages);

    /** Whether it knows this requester. */
    boolean knows(int requester);

    /**
     * Lets a device reach what a second-level table of four levels maps.
     *
     * @param domain not 0, of no other table
     */
    void assign(int requester, int domain, long root);

    /** A device reaches nothing any more. */
    void release(int requester, int domain);

    /** Translations of a domain were taken away. */
    void forget(int domain);
}
