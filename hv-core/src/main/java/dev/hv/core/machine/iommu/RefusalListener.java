package dev.hv.core.machine.iommu;

/** Told of what an IOMMU refuses, beside what its registers and logs say. */
@FunctionalInterface
public interface RefusalListener {

    /** Nobody listens. */
    RefusalListener NOBODY = (requester, address, why) -> { };

    /**
     * Something was refused.
     *
     * @param requester id of the device
     * @param address that it gave, or of an interrupt its index
     * @param why for people
     */
    void refused(int requester, long address, String why);
}
