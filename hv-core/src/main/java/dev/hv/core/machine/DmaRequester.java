package dev.hv.core.machine;

/**
 * Who accesses memory without a processor: what an IOMMU knows a device by.
 *
 * @param bus kind of bus that the device is on
 * @param high upper half of its name there: 0 on PCI, the first 8 bytes of the instance GUID on VMBus
 * @param low lower half of its name there: the requester id (bus, device, function: PCI Express Base Specification, 2.2.6.2) on PCI, the other 8
 *     bytes of the instance GUID on VMBus
 */
public record DmaRequester(Bus bus, long high, long low) {

    /** Kinds of buses. */
    public enum Bus {
        PCI,
        VMBUS
    }

    /**
     * A function on PCI.
     *
     * @param bus 0 … 255
     * @param device 0 … 31
     * @param function 0 … 7
     */
    public static DmaRequester pci(int bus, int device, int function) {
        return new DmaRequester(Bus.PCI, 0, bus << 8 | device << 3 | function);
    }

    /**
     * A device on VMBus, all of its channels together.
     *
     * @param first bytes 7:0 of its instance GUID
     * @param second bytes 15:8 of it
     */
    public static DmaRequester vmbus(long first, long second) {
        return new DmaRequester(Bus.VMBUS, first, second);
    }
}
