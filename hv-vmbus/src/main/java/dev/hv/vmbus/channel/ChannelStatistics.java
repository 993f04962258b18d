package dev.hv.vmbus.channel;

/**
 * Counters of a channel since it was offered.
 *
 * @param packetsIn packets from the guest
 * @param bytesIn bytes of those in the ring, descriptors included
 * @param signalsIn times the guest signalled
 * @param packetsOut packets to the guest
 * @param bytesOut bytes of those in the ring, descriptors included
 * @param signalsOut times the guest was signalled
 */
public record ChannelStatistics(long packetsIn, long bytesIn, long signalsIn, long packetsOut, long bytesOut, long signalsOut) {}
