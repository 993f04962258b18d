package dev.hv.vmbus.protocol;

import static dev.hv.vmbus.protocol.VmbusMessages.*;

import dev.hv.cpu.memory.LittleEndian;

/** The control messages that the host sends. */
public final class HostMessages {

    private final Outbox outbox;
    private final GuestWarnings warnings;

    /** Messages that go out through {@code outbox}. */
    public HostMessages(Outbox outbox, GuestWarnings warnings) {
        this.outbox = outbox;
        this.warnings = warnings;
    }

    private static byte[] message(int type, int size) {
        byte[] m = new byte[size];
        LittleEndian.put32(m, TYPE, type);
        return m;
    }

    private static byte[] about(int channel, int type, int size) {
        byte[] m = message(type, size);
        LittleEndian.put32(m, CHANNEL, channel);
        return m;
    }

    private void send(byte[] m) {
        if (!outbox.send(m)) {
            warnings.say("message {} is dropped: the guest does not take its messages", LittleEndian.u32(m, TYPE));
        }
    }

    /** Whether the host speaks a version, and which connection takes the guest's further messages. Of the features of 6.0 there are none. */
    public void versionResponse(int version, boolean supported, int connection) {
        byte[] m = message(VERSION_RESPONSE, version >= VmbusVersion.V6_0 ? VERSION_RESPONSE_SIZE_6 : VERSION_RESPONSE_SIZE);
        m[VERSION_SUPPORTED] = (byte) (supported ? 1 : 0);
        LittleEndian.put32(m, VERSION_CONNECTION, connection);
        send(m);
    }

    /**
     * Offers a channel.
     *
     * @param id channel id
     * @param subChannelIndex 0 for a primary channel
     * @param connection to signal the channel on
     */
    public void offer(ChannelOffer o, int id, int subChannelIndex, int connection) {
        byte[] m = message(OFFER_CHANNEL, OFFER_SIZE);
        o.interfaceId().put(m, OFFER_INTERFACE);
        o.instanceId().put(m, OFFER_INSTANCE);
        LittleEndian.put16(m, OFFER_FLAGS, FLAG_ENUMERATE | switch (o.mode()) {
            case PACKETS -> 0;
            case MESSAGES -> FLAG_PIPE;
            case SOCKET -> FLAG_PIPE | FLAG_SOCKET;
        });
        LittleEndian.put16(m, OFFER_MMIO, o.mmioMegabytes());
        int user = OFFER_USER;
        if (o.mode() != ChannelOffer.Mode.PACKETS) {
            LittleEndian.put32(m, user, o.mode() == ChannelOffer.Mode.SOCKET ? PIPE_BYTES : PIPE_MESSAGES);
            user += 4;
        }
        System.arraycopy(o.userData(), 0, m, user, Math.min(o.userData().length, OFFER_USER + USER_SIZE - user));
        LittleEndian.put16(m, OFFER_SUB_INDEX, subChannelIndex);
        LittleEndian.put32(m, OFFER_CHANNEL_ID, id);
        LittleEndian.put16(m, OFFER_DEDICATED, 1);
        LittleEndian.put32(m, OFFER_CONNECTION, connection);
        send(m);
    }

    /** There are no more offers for now. */
    public void allOffersDelivered() {
        send(message(ALL_OFFERS_DELIVERED, HEADER));
    }

    /** A channel is taken back. */
    public void rescind(int channel) {
        send(about(channel, RESCIND, CHANNEL_SIZE));
    }

    /** Whether a channel was opened. */
    public void openResult(int channel, int openId, int status) {
        byte[] m = about(channel, OPEN_RESULT, OPEN_RESULT_SIZE);
        LittleEndian.put32(m, OPEN_ID, openId);
        LittleEndian.put32(m, OPEN_STATUS, status);
        send(m);
    }

    /** Whether a channel has moved to another processor. */
    public void modifyResponse(int channel, int status) {
        byte[] m = about(channel, MODIFY_RESPONSE, MODIFY_SIZE);
        LittleEndian.put32(m, MODIFY_STATUS, status);
        send(m);
    }

    /** Whether a GPADL was made. */
    public void gpadlCreated(int channel, int gpadl, int status) {
        byte[] m = about(channel, GPADL_CREATED, GPADL_CREATED_SIZE);
        LittleEndian.put32(m, GPADL_ID, gpadl);
        LittleEndian.put32(m, GPADL_STATUS, status);
        send(m);
    }

    /** A GPADL is forgotten. */
    public void gpadlTorndown(int gpadl) {
        byte[] m = message(GPADL_TORNDOWN, CHANNEL_SIZE);
        LittleEndian.put32(m, HEADER, gpadl);
        send(m);
    }

    /** The answer to a request for a socket: its two identities, and a status. */
    public void socketResult(byte[] request, int status) {
        byte[] m = message(TL_RESULT, TL_RESULT_SIZE);
        System.arraycopy(request, TL_ENDPOINT, m, TL_ENDPOINT, 2 * Guid.SIZE);
        LittleEndian.put32(m, TL_STATUS, status);
        send(m);
    }

    /** The guest has unloaded the bus. */
    public void unloadResponse() {
        send(message(UNLOAD_RESPONSE, HEADER));
    }
}
