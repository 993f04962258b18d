package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A guest's network driver, as far as a test needs one; numbers of the protocols are written out here. */
final class NetvscGuest {

    static final int RECEIVE_PAGES = 16;
    static final int SEND_PAGES = 6;

    final TestGuest guest = new TestGuest();
    final GuestPages receiveBuffer = guest.partition().allocate(RECEIVE_PAGES);
    final GuestPages sendBuffer = guest.partition().allocate(SEND_PAGES);
    final GuestPages scratch = guest.partition().allocate(18);
    GuestChannel channel;
    private long transaction = 100;

    /** Opens the only channel offered. */
    void open() {
        channel = guest.open(guest.connect().getFirst(), 8);
    }

    /** A message of 40 bytes. */
    static ByteBuffer nvsp(int type) {
        return ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type);
    }

    /** Sends a message and gives the completion. */
    ByteBuffer ask(ByteBuffer message) {
        long t = transaction++;
        channel.send(message.array(), t, true);
        GuestPacket p = channel.receive();
        assertThat(p.type()).isEqualTo(11);
        assertThat(p.transactionId()).isEqualTo(t);
        return ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Version, buffers, RNDIS, packet filter: what a driver does up to "ip link set up". */
    void up() {
        up(0x60000, 1500, 0);
    }

    /** The same with a version, an MTU and capabilities. */
    void up(int version, int mtu, long capabilities) {
        open();
        assertThat(ask(nvsp(1).putInt(4, version).putInt(8, version)).getInt(12)).isEqualTo(1);
        channel.send(nvsp(125).putInt(4, mtu + 14).putLong(12, capabilities).array(), 0, false);
        channel.send(nvsp(100).putInt(4, 6).putInt(8, 30).array(), 0, false);
        int receive = channel.describe(receiveBuffer);
        assertThat(ask(nvsp(101).putInt(4, receive).putShort(8, (short) 0xCAFE)).getInt(4)).isEqualTo(1);
        int send = channel.describe(sendBuffer);
        assertThat(ask(nvsp(104).putInt(4, send).putShort(8, (short) 0)).getInt(4)).isEqualTo(1);
        assertThat(control(rndis(2, 24).putInt(8, 7).putInt(12, 1).putInt(20, 0x4000)).getInt(12)).isZero();
        assertThat(set(0x0001010E, new byte[] {0x0D, 0, 0, 0})).isZero();
    }

    /** An RNDIS message. */
    static ByteBuffer rndis(int type, int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type).putInt(4, length);
    }

    /** Sends a control message by GPA-direct and gives the answer that comes through the receive buffer. */
    ByteBuffer control(ByteBuffer message) {
        command(message);
        List<byte[]> answers = receive(1);
        assertThat(answers).hasSize(1);
        return ByteBuffer.wrap(answers.getFirst()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sends a control message. */
    void command(ByteBuffer message) {
        scratch.put(8, message.array());
        long t = transaction++;
        channel.sendDirect(nvsp(107).putInt(4, 1).putInt(8, -1).array(), t, scratch, 8, message.capacity());
    }

    /** The status of a query; its data follow in {@link #queried}. */
    int query(int oid, byte[] data) {
        ByteBuffer r = control(rndis(4, 28 + data.length).putInt(8, 9).putInt(12, oid).putInt(16, data.length).putInt(20, 20).put(28, data));
        assertThat(r.getInt(0)).isEqualTo(0x80000004);
        assertThat(r.getInt(8)).isEqualTo(9);
        queried = r.getInt(12) == 0 ? Arrays.copyOfRange(r.array(), 8 + r.getInt(20), 8 + r.getInt(20) + r.getInt(16)) : null;
        return r.getInt(12);
    }

    byte[] queried;

    /** Sends a set whose answer is taken later. */
    void setLater(int oid, byte[] data) {
        command(rndis(5, 28 + data.length).putInt(8, 3).putInt(12, oid).putInt(16, data.length).putInt(20, 20).put(28, data));
    }

    /** The status of a set. */
    int set(int oid, byte[] data) {
        ByteBuffer r = control(rndis(5, 28 + data.length).putInt(8, 3).putInt(12, oid).putInt(16, data.length).putInt(20, 20).put(28, data));
        assertThat(r.getInt(0)).isEqualTo(0x80000005);
        return r.getInt(12);
    }

    /** Takes the RNDIS messages that came, gives their sections back, and checks that all are of a channel type. */
    List<byte[]> receive(int channelType) {
        List<byte[]> all = new ArrayList<>();
        for (GuestPacket p : channel.receiveAll()) {
            if (p.type() != 7) {
                continue;
            }
            all.addAll(takeAll(p, channelType));
            channel.complete(nvsp(108).putInt(4, 1).array(), p.transactionId());
        }
        return all;
    }

    /** The message of a transfer-page packet. */
    byte[] take(GuestPacket p, int channelType) {
        List<byte[]> all = takeAll(p, channelType);
        assertThat(all).as("one range").hasSize(1);
        return all.getFirst();
    }

    /** The messages of a transfer-page packet. */
    List<byte[]> takeAll(GuestPacket p, int channelType) {
        ByteBuffer header = ByteBuffer.wrap(p.header()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(header.getShort(0) & 0xFFFF).isEqualTo(0xCAFE);
        ByteBuffer nvsp = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(nvsp.getInt(0)).isEqualTo(107);
        assertThat(nvsp.getInt(4)).isEqualTo(channelType);
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < header.getInt(4); i++) {
            all.add(receiveBuffer.bytes(header.getInt(12 + 8 * i), header.getInt(8 + 8 * i)));
        }
        return all;
    }

    /** A packet message around a frame. */
    static byte[] packet(byte[] frame) {
        return rndis(1, 44 + frame.length).putInt(8, 36).putInt(12, frame.length).put(44, frame).array();
    }

    /** Sends a frame through a section of the send buffer; the status of its completion. */
    int sendBySection(int section, byte[] message) {
        sendBuffer.put(section * 6144L, message);
        return ask(nvsp(107).putInt(4, 0).putInt(8, section).putInt(12, message.length)).getInt(4);
    }

    /** Sends a message by GPA-direct; the status of its completion. */
    int sendDirect(byte[] message) {
        scratch.put(16, message);
        long t = transaction++;
        channel.sendDirect(nvsp(107).putInt(4, 0).putInt(8, -1).array(), t, scratch, 16, message.length);
        return ByteBuffer.wrap(channel.receive().payload()).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
    }
}
