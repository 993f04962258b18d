package dev.hv.vmbus.protocol;

/**
 * What a provider offers to a guest: the contents of an OfferChannel message that are the provider's business.
 *
 * @param interfaceId kind of device
 * @param instanceId which one; unique among the offers of a bus
 * @param name for statistics and traces, such as {@code scsi0}
 * @param pipe pipe mode in messages: packets are framed (a pipe header precedes each message), and the offer says so
 * @param mmioMegabytes address space the device wants, in MiB
 * @param userData up to 120 bytes; for pipe mode what follows the pipe type
 */
public record ChannelOffer(Guid interfaceId, Guid instanceId, String name, boolean pipe, int mmioMegabytes, byte[] userData) {

    /** An offer without address space and user data. */
    public static ChannelOffer of(Guid interfaceId, Guid instanceId, String name, boolean pipe) {
        return new ChannelOffer(interfaceId, instanceId, name, pipe, 0, new byte[0]);
    }
}
