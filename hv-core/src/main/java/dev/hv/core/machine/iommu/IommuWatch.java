package dev.hv.core.machine.iommu;

/** Sees what an IOMMU is told to do and what it refuses, and changes nothing of it. Called by whoever asks the unit, in parallel mode by several threads. */
public interface IommuWatch {

    /**
     * A device's request is refused.
     *
     * @param requester id of the device
     * @param address that it gave, or of an interrupt its index
     * @param why for people
     */
    void refused(int requester, DeviceRequest wanted, long address, String why);

    /** A command of its queue, or one by a register, is about to be carried out; or what it does is turned on or off. Decoded. */
    void command(String text);
}
