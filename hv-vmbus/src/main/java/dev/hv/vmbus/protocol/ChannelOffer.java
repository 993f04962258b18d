package dev.hv.vmbus.protocol;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * What a provider offers to a guest: the contents of an OfferChannel message that are the provider's business.
 *
 * @param interfaceId kind of device; of a socket, the service
 * @param instanceId which one; unique among the offers of a bus
 * @param name for statistics and traces, such as {@code scsi0}
 * @param mode how packets are framed, as the offer says
 * @param mmioMegabytes address space the device wants, in MiB
 * @param userData up to 120 bytes; for pipes what follows the pipe type
 */
public record ChannelOffer(Guid interfaceId, Guid instanceId, String name, Mode mode, int mmioMegabytes, byte[] userData) {

    /** How packets are framed. */
    public enum Mode {
        /** As the device's protocol has it. */
        PACKETS,
        /** A pipe of messages: a pipe header precedes each. */
        MESSAGES,
        /** A connection of a Hyper-V socket: a pipe of bytes, a pipe header before each run of them. */
        SOCKET
    }

    /** An offer without address space and user data. */
    public static ChannelOffer of(Guid interfaceId, Guid instanceId, String name, boolean pipe) {
        return new ChannelOffer(interfaceId, instanceId, name, pipe ? Mode.MESSAGES : Mode.PACKETS, 0, new byte[0]);
    }

    /**
     * The offer of a connection.
     *
     * @param service that the listener of either side has
     * @param endpoint the connection's own identity, as its guest chose it, or fresh
     * @param toGuest whether a guest's program accepts it; else one has asked for it
     */
    public static ChannelOffer socket(Guid service, Guid endpoint, String name, boolean toGuest) {
        return new ChannelOffer(service, endpoint, name, Mode.SOCKET, 0, new byte[] {(byte) (toGuest ? 1 : 0)});
    }

    /** Whether a guest takes a channel of another offer for the same device. */
    public boolean sameDevice(ChannelOffer other) {
        return interfaceId.equals(other.interfaceId) && instanceId.equals(other.instanceId);
    }

    /** Whether messages are framed by a pipe header. */
    public boolean pipe() {
        return mode == Mode.MESSAGES;
    }

    /** Saves the offer, where it is part of a state. */
    public void save(StateWriter out) {
        byte[] guids = new byte[2 * Guid.SIZE];
        interfaceId.put(guids, 0);
        instanceId.put(guids, Guid.SIZE);
        out.put("guids", guids, 0, guids.length);
        out.put("name", name);
        out.put("mode", mode.ordinal());
        out.put("mmio-megabytes", mmioMegabytes);
        out.put("user-data", userData, 0, userData.length);
    }

    /** The offer that was saved. */
    public static ChannelOffer restored(StateReader in) {
        byte[] guids = in.takeBytes();
        return new ChannelOffer(Guid.at(guids, 0), Guid.at(guids, Guid.SIZE), in.takeText(), Mode.values()[(int) in.take()], (int) in.take(), in.takeBytes());
    }
}
