package dev.hv.vmbus.channel;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.ring.Packet;

/**
 * A channel as its provider sees it. All methods are called on the machine's thread. Sending and receiving work while the channel is
 * open; on a closed one {@link #receive} finds nothing and sending fails.
 */
public interface Channel extends Saveable {

    /** What was offered. */
    ChannelOffer offer();

    /** Channel id (relid). */
    int id();

    /** 0 for the primary channel. */
    int subChannelIndex();

    /** Whether the guest has opened it. */
    boolean open();

    /** User data of the guest's OpenChannel message, 120 bytes; of the last one when closed meanwhile. */
    byte[] openData();

    /** Its rings as both sides see them now, a line for each; empty while it is closed. */
    default String rings() {
        return "";
    }

    /** Virtual processor that gets this channel's interrupts. */
    int targetProcessor();

    /**
     * Takes the next packet from the guest's ring. Malformed packets never come here: the bus closes the ring instead.
     *
     * @return false when the ring is empty, or the turn has no room for more: {@link ChannelHandler#packetsAvailable} is called in the
     *     next one
     */
    boolean receive(Packet into);

    /**
     * Puts an in-band packet into the ring to the guest and signals the guest as the ring's rules say.
     *
     * @return false when there is no room: {@link ChannelHandler#spaceAvailable} is called when there is
     */
    boolean send(byte[] payload, int offset, int length, long transactionId, boolean completionRequested);

    /** Puts a completion packet into the ring; result as for {@link #send}. */
    boolean complete(long transactionId, byte[] payload, int offset, int length);

    /**
     * Puts a transfer-page packet into the ring; result as for {@link #send}.
     *
     * @param setId transfer page set
     * @param ranges length and offset in the set's memory, in turn
     * @param rangeCount ranges used
     */
    boolean sendTransferPages(int setId, int[] ranges, int rangeCount, byte[] payload, int offset, int length, long transactionId);

    /**
     * Saves which memory a range of a packet from this channel is, for a request that is under way; not what is in it.
     *
     * @param range of {@link Packet#buffers}
     */
    void saveRange(GuestBuffer range, StateWriter out);

    /** The range that was saved: the same pages of the same guest. */
    GuestBuffer restoredRange(StateReader in);

    /** Memory that the guest described by a GPADL of this device (the primary channel's); null when there is none with this id. */
    GuestBuffer gpadl(int id);

    /**
     * Offers sub-channels of this primary channel, with the same identity and indices that go on from those offered before.
     *
     * @param handler their provider's side
     * @return how many were offered: fewer than asked for when the bus runs out of channel ids
     */
    int offerSubChannels(int count, ChannelHandler handler);

    /** The sub-channel of this primary channel with an index; null when none is offered. A restored bus has those that were saved. */
    Channel subChannel(int index);

    /**
     * Takes the offer back; the guest closes the channel. Its sub-channels go first. Nothing crosses the channel any more; its handler
     * is told at once, or when the handler's method that calls this has ended.
     */
    void rescind();

    /** Counters since the offer. */
    ChannelStatistics statistics();
}
