package dev.hv.vmbus;

import static dev.hv.vmbus.VmbusMessages.*;

/** The control messages that the host sends. */
final class HostMessages {

    private final Outbox outbox;
    private final GuestWarnings warnings;

    HostMessages(Outbox outbox, GuestWarnings warnings) {
        this.outbox = outbox;
        this.warnings = warnings;
    }

    private static byte[] message(int type, int size) {
        byte[] m = new byte[size];
        Bytes.put32(m, TYPE, type);
        return m;
    }

    private static byte[] about(int channel, int type, int size) {
        byte[] m = message(type, size);
        Bytes.put32(m, CHANNEL, channel);
        return m;
    }

    private void send(byte[] m) {
        if (!outbox.send(m)) {
            warnings.say("message {} is dropped: the guest does not take its messages", Bytes.u32(m, TYPE));
        }
    }

    /** Whether the host speaks a version, and which connection takes the guest's further messages. Of the features of 6.0 there are none. */
    void versionResponse(int version, boolean supported, int connection) {
        byte[] m = message(VERSION_RESPONSE, version >= VmbusVersion.V6_0 ? VERSION_RESPONSE_SIZE_6 : VERSION_RESPONSE_SIZE);
        m[VERSION_SUPPORTED] = (byte) (supported ? 1 : 0);
        Bytes.put32(m, VERSION_CONNECTION, connection);
        send(m);
    }

    void offer(ServerChannel channel, int connection) {
        ChannelOffer o = channel.offer();
        byte[] m = message(OFFER_CHANNEL, OFFER_SIZE);
        Bytes.putGuid(m, OFFER_INTERFACE, o.interfaceId());
        Bytes.putGuid(m, OFFER_INSTANCE, o.instanceId());
        Bytes.put16(m, OFFER_FLAGS, FLAG_ENUMERATE | (o.pipe() ? FLAG_PIPE : 0));
        Bytes.put16(m, OFFER_MMIO, o.mmioMegabytes());
        int user = OFFER_USER;
        if (o.pipe()) {
            Bytes.put32(m, user, PIPE_MESSAGES);
            user += 4;
        }
        System.arraycopy(o.userData(), 0, m, user, Math.min(o.userData().length, OFFER_USER + USER_SIZE - user));
        Bytes.put16(m, OFFER_SUB_INDEX, channel.subChannelIndex());
        Bytes.put32(m, OFFER_CHANNEL_ID, channel.id());
        Bytes.put16(m, OFFER_DEDICATED, 1);
        Bytes.put32(m, OFFER_CONNECTION, connection);
        send(m);
    }

    void allOffersDelivered() {
        send(message(ALL_OFFERS_DELIVERED, HEADER));
    }

    void rescind(int channel) {
        send(about(channel, RESCIND, CHANNEL_SIZE));
    }

    void openResult(int channel, int openId, int status) {
        byte[] m = about(channel, OPEN_RESULT, OPEN_RESULT_SIZE);
        Bytes.put32(m, OPEN_ID, openId);
        Bytes.put32(m, OPEN_STATUS, status);
        send(m);
    }

    void modifyResponse(int channel, int status) {
        byte[] m = about(channel, MODIFY_RESPONSE, MODIFY_SIZE);
        Bytes.put32(m, MODIFY_STATUS, status);
        send(m);
    }

    void gpadlCreated(int channel, int gpadl, int status) {
        byte[] m = about(channel, GPADL_CREATED, GPADL_CREATED_SIZE);
        Bytes.put32(m, GPADL_ID, gpadl);
        Bytes.put32(m, GPADL_STATUS, status);
        send(m);
    }

    void gpadlTorndown(int gpadl) {
        byte[] m = message(GPADL_TORNDOWN, CHANNEL_SIZE);
        Bytes.put32(m, HEADER, gpadl);
        send(m);
    }

    /** The answer to a request for a socket: its two identities, and a status. */
    void socketResult(byte[] request, int status) {
        byte[] m = message(TL_RESULT, TL_RESULT_SIZE);
        System.arraycopy(request, TL_ENDPOINT, m, TL_ENDPOINT, 2 * Guid.SIZE);
        Bytes.put32(m, TL_STATUS, status);
        send(m);
    }

    void unloadResponse() {
        send(message(UNLOAD_RESPONSE, HEADER));
    }
}
