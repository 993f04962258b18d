package dev.hv.vmbus.channel;

import dev.hv.core.machine.DmaBus;
import dev.hv.vmbus.memory.GuestBuffer;

/** What a channel needs of the bus that it is on. */
public interface ChannelBus {

    /** Sees what crosses the channels. */
    BusObserver observer();

    /** The guest's memory, for each device by itself. */
    DmaBus memory();

    /** The guest signals a channel. */
    void signalled(ServerChannel channel);

    /** Signals a virtual processor of the guest, on behalf of a channel. */
    void signalGuest(ServerChannel channel, int vp);

    /** Whether a provider may take another packet in this turn. */
    boolean another();

    /** A channel has packets that the turn had no room for: it goes on in the next one, behind those that wait already. */
    void later(ServerChannel channel);

    /** Nothing is left to serve on a channel. */
    void forget(ServerChannel channel);

    /** Memory that the guest described for a channel; null when there is none with this id. */
    GuestBuffer gpadl(ServerChannel channel, int id);

    /** Offers sub-channels of a channel; returns how many. */
    int offerSubChannels(ServerChannel primary, int count, ChannelHandler handler);

    /** The provider offers a channel no more. */
    void withdraw(ServerChannel channel);

    /**
     * The guest broke the rules of a channel's ring: it is closed for the provider, and the guest is told to let go. The next guest on
     * this bus is offered it again.
     */
    void broken(ServerChannel channel, String why);
}
