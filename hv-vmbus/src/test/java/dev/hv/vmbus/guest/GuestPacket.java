package dev.hv.vmbus.guest;

/**
 * A packet that a test guest took from its ring.
 *
 * @param type 6 in band, 7 transfer pages, 11 completion
 * @param completionRequested whether the host waits for a completion
 * @param transactionId as sent
 * @param header what stands between descriptor and payload (transfer page set and ranges)
 * @param payload payload with its padding to 8 bytes
 */
public record GuestPacket(int type, boolean completionRequested, long transactionId, byte[] header, byte[] payload) {}
