package dev.hv.devices.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A guest's driver of one integration component, which answers as a test tells it to. */
final class IcGuest {

    /** Where the common header's fields are, the pipe header included. */
    private static final int TYPE = 12;
    private static final int STATUS = 20;
    private static final int FLAGS = 25;
    private static final int PAYLOAD = 28;
    private static final int RESPONSE = 4;

    private final TestGuest guest = new TestGuest();
    private GuestChannel channel;

    TestClock clock() {
        return guest.clock();
    }

    /** Offers the component and opens its channel. */
    IcGuest open(IntegrationComponent component) {
        component.offered(guest.bus().offer(component.offer(), component));
        channel = guest.open(guest.connect().getFirst(), 8);
        return this;
    }

    void close() {
        channel.close();
    }

    /** The next message of the host, or null. */
    ByteBuffer message() {
        GuestPacket p = channel.receive();
        return p == null ? null : ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Takes a message that must be there, of a type. */
    ByteBuffer expect(int type) {
        ByteBuffer m = message();
        assertThat(m).isNotNull();
        assertThat(m.getInt(0)).as("pipe type").isEqualTo(1);
        assertThat(m.getShort(TYPE)).as("type").isEqualTo((short) type);
        return m;
    }

    /** Agrees on versions: of the framework and of messages, major only. */
    void agree(int framework, int major, int minor) {
        ByteBuffer m = expect(0);
        ByteBuffer r = answer(m, 0, 16);
        r.putShort(PAYLOAD, (short) 1).putShort(PAYLOAD + 2, (short) 1);
        r.putShort(PAYLOAD + 8, (short) framework).putShort(PAYLOAD + 10, (short) 0);
        r.putShort(PAYLOAD + 12, (short) major).putShort(PAYLOAD + 14, (short) minor);
        send(r);
    }

    /** An answer to a message: the message itself with another status. */
    static ByteBuffer answer(ByteBuffer message, int status, int payload) {
        ByteBuffer r = ByteBuffer.allocate(Math.max(message.capacity(), PAYLOAD + payload)).order(ByteOrder.LITTLE_ENDIAN);
        r.put(0, message.array());
        r.putInt(STATUS, status).put(FLAGS, (byte) (1 | RESPONSE));
        return r;
    }

    void send(ByteBuffer bytes) {
        channel.send(bytes.array(), 1, false);
    }
}
