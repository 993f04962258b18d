package dev.hv.vmbus.channel;

import dev.hv.vmbus.protocol.VmbusPorts;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The channels of a bus by id, those that were taken back and that the guest still knows included. */
public final class ChannelTable {

    /** Ids for sub-channels, which a guest can ask for again and again; the others are for devices. */
    private static final int MOST_SUB_CHANNELS = VmbusPorts.MOST_CHANNELS / 2;

    private final SortedMap<Integer, ServerChannel> byId = new TreeMap<>();

    /** The channel with an id; null when there is none. */
    public ServerChannel get(int id) {
        return byId.get(id);
    }

    void add(ServerChannel channel) {
        byId.put(channel.id(), channel);
    }

    void remove(ServerChannel channel) {
        byId.remove(channel.id());
    }

    /** All of them as they are now, in the order of their ids. */
    public List<ServerChannel> all() {
        return List.copyOf(byId.values());
    }

    /**
     * An id that nobody has.
     *
     * @throws IllegalStateException when all are in use
     */
    int freeId() {
        for (int id = 1; id < VmbusPorts.MOST_CHANNELS; id++) {
            if (!byId.containsKey(id)) {
                return id;
            }
        }
        throw new IllegalStateException("more than " + VmbusPorts.MOST_CHANNELS + " channels");
    }

    /** Whether there is an id for one more sub-channel. */
    boolean roomForSubChannel() {
        return byId.values().stream().filter(c -> c.primary() != null).count() < MOST_SUB_CHANNELS;
    }
}
