package dev.hv.core.machine;

/**
 * Gives devices their ways to the interrupt controllers, as {@link DmaBus} gives them memory. An IOMMU with interrupt remapping stands here: for
 * each requester it rewrites a message, or refuses it.
 */
@FunctionalInterface
public interface MsiBus {

    /** Where a device's messages go; asked once for a requester, used for as long as the device has that name. */
    MsiPort port(DmaRequester requester);

    /** Without remapping: all devices reach all local APICs. */
    static MsiBus direct(InterruptMessageSink apics) {
        MsiPort port = new MsiMessages(apics);
        return requester -> port;
    }
}
