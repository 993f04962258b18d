package dev.hv.devices.network;

import static dev.hv.vmbus.Bytes.put32;
import static dev.hv.vmbus.Bytes.u32;
import static dev.hv.devices.network.NvspFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.Channel;
import dev.hv.vmbus.ChannelHandler;
import dev.hv.vmbus.ChannelOffer;
import dev.hv.vmbus.GuestBuffer;
import dev.hv.vmbus.Guid;
import dev.hv.vmbus.Packet;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A synthetic network adapter: the provider's side of netvsc. Frames from the guest go to its switch port at once; frames for the
 * guest go into sections of its receive buffer, and wait in a bounded queue when it has none left.
 */
public final class NetworkAdapter implements ChannelHandler, Saveable {

    /** What the guest's driver looks for. */
    public static final Guid INTERFACE = Guid.of("f8615163-df3e-46c5-913f-f2d2f965ed0e");

    private static final int STATE_VERSION = 2;
    private static final int V1 = 2;
    private static final int V2 = 0x3_0002;
    private static final int V4 = 0x4_0000;
    private static final int V5 = 0x5_0000;
    private static final int V6 = 0x6_0000;
    private static final int V6_1 = 0x6_0001;
    private static final int RECEIVE_ID = 0xCAFE;
    private static final int SEND_SECTION = 6144;
    private static final int HEADER = 14;
    private static final int MOST_MESSAGE = 1 << 17;
    /** Frames that wait for a guest that does not take them; more are dropped. */
    private static final int MOST_WAITING = 1024;

    private final MacAddress address;
    private final int mtu;
    private final RndisControl control;
    private final VirtualSwitch.Port port;
    private final Packet packet = new Packet();
    private final ArrayDeque<byte[]> replies = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private byte[] message = new byte[8192];
    private final int[] range = new int[2];
    private final byte[] notice = new byte[SIZE];
    private Channel offered;
    private Channel channel;
    private int version;
    private ReceiveBuffer receive;
    private int receiveGpadl;
    private GuestBuffer send;
    private int sendGpadl;
    private long dropped;

    /** An RNDIS message for the guest that found no room. */
    private record Waiting(byte[] message, boolean control) {}

    /**
     * An adapter on a switch.
     *
     * @param station name of its owner, for the switch
     * @param mtu bytes of a frame behind its header at most
     */
    public NetworkAdapter(MacAddress address, int mtu, VirtualSwitch network, String station) {
        this.address = address;
        this.mtu = mtu;
        control = new RndisControl(address, mtu);
        port = network.connect(station, this::frame);
    }

    /** The offer of an adapter; {@code instance} tells adapters of a machine apart. */
    public static ChannelOffer offer(Guid instance, String name) {
        return ChannelOffer.of(INTERFACE, instance, name, false);
    }

    /** Says which channel of the bus is the adapter's; needed before {@link #restore}, as nobody opens a channel that is open already. */
    public void offered(Channel own) {
        offered = own;
    }

    /** Its station address. */
    public MacAddress address() {
        return address;
    }

    /** Its port on the switch. */
    public VirtualSwitch.Port port() {
        return port;
    }

    /** Frames that the guest did not take in time. */
    public long dropped() {
        return dropped;
    }

    /** Plugs the cable in or out; a running guest is told. */
    public void setLink(boolean up) {
        control.setLinkUp(up);
        if (control.initialized()) {
            toGuest(new Waiting(control.indication(), true));
        }
    }

    // ---- channel -------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        channel = opened;
        return 0;
    }

    @Override
    public void closed(Channel closed) {
        channel = null;
        version = 0;
        receive = null;
        send = null;
        replies.clear();
        waiting.clear();
        control.reset();
    }

    @Override
    public void packetsAvailable(Channel from) {
        while (replies.isEmpty() && from.receive(packet)) {
            if (packet.type() == Packet.Type.COMPLETION) {
                if (receive != null) {
                    receive.release(packet.transactionId() - 1);
                }
            } else {
                request(from);
            }
        }
        pump();
    }

    @Override
    public void spaceAvailable(Channel to) {
        while (!replies.isEmpty()) {
            byte[] r = replies.peek();
            if (!to.complete(transaction(r), r, 8, r.length - 8)) {
                return;
            }
            replies.poll();
        }
        pump();
    }

    /** A reply that waits has its transaction id in front. */
    private static long transaction(byte[] reply) {
        return u32(reply, 0) & 0xFFFF_FFFFL | (long) u32(reply, 4) << 32;
    }

    private void reply(byte[] answer) {
        if (packet.completionRequested() && !channel.complete(packet.transactionId(), answer, 0, answer.length)) {
            byte[] r = new byte[8 + answer.length];
            put32(r, 0, (int) packet.transactionId());
            put32(r, 4, (int) (packet.transactionId() >>> 32));
            System.arraycopy(answer, 0, r, 8, answer.length);
            replies.add(r);
        }
    }

    private void request(Channel from) {
        if (packet.length() < RNDIS_CHANNEL) {
            reply(new byte[SIZE]);
            return;
        }
        byte[] m = Arrays.copyOf(packet.payload(), Math.max(packet.length(), SIZE));
        switch (u32(m, TYPE)) {
            case SEND_RNDIS_PACKET -> rndis(m);
            case INIT -> initialize(m);
            case SEND_RECEIVE_BUFFER -> receiveBuffer(from, m);
            case SEND_SEND_BUFFER -> sendBuffer(from, m);
            case REVOKE_RECEIVE_BUFFER -> {
                receive = null;
                reply(new byte[SIZE]);
            }
            case REVOKE_SEND_BUFFER -> {
                send = null;
                reply(new byte[SIZE]);
            }
            case SUB_CHANNEL -> {
                // one queue: receive-side scaling is not offered
                byte[] r = answer(SUB_CHANNEL);
                put32(r, SUB_CHANNEL_STATUS, FAILURE);
                reply(r);
            }
            // version, configuration, data path: noted without an effect
            default -> reply(new byte[SIZE]);
        }
    }

    private static byte[] answer(int type) {
        byte[] r = new byte[SIZE];
        put32(r, TYPE, type);
        return r;
    }

    private void initialize(byte[] m) {
        int wanted = u32(m, INIT_MAX);
        boolean known = switch (wanted) {
            case V1, V2, V4, V5, V6, V6_1 -> true;
            default -> false;
        };
        if (known) {
            version = wanted;
        }
        byte[] r = answer(INIT_COMPLETE);
        put32(r, COMPLETE_VERSION, wanted);
        put32(r, COMPLETE_MAX_MDL, 34);
        put32(r, COMPLETE_STATUS, known ? SUCCESS : FAILURE);
        reply(r);
    }

    /** Room for the longest frame, its header and a tag. */
    private int sectionSize() {
        return Math.max(ReceiveBuffer.LEAST_SECTION, mtu + HEADER + RndisFormat.PACKET_HEADER + 127 & ~63);
    }

    private void receiveBuffer(Channel from, byte[] m) {
        GuestBuffer memory = version == 0 || receive != null ? null : from.gpadl(u32(m, BUFFER_GPADL));
        int size = sectionSize();
        boolean ok = memory != null && memory.length() >= size;
        byte[] r = new byte[SECTION + 16];
        put32(r, TYPE, SEND_RECEIVE_BUFFER_COMPLETE);
        put32(r, RECEIVE_STATUS, ok ? SUCCESS : FAILURE);
        if (ok) {
            receiveGpadl = u32(m, BUFFER_GPADL);
            receive = new ReceiveBuffer(memory, size);
            put32(r, RECEIVE_SECTIONS, 1);
            put32(r, SECTION + 4, size);
            put32(r, SECTION + 8, receive.sections());
            put32(r, SECTION + 12, receive.sections() * size);
        }
        reply(r);
    }

    private void sendBuffer(Channel from, byte[] m) {
        GuestBuffer memory = version == 0 || send != null ? null : from.gpadl(u32(m, BUFFER_GPADL));
        byte[] r = answer(SEND_SEND_BUFFER_COMPLETE);
        put32(r, SEND_STATUS, memory != null ? SUCCESS : FAILURE);
        if (memory != null) {
            sendGpadl = u32(m, BUFFER_GPADL);
            send = memory;
            put32(r, SEND_SECTION_SIZE, SEND_SECTION);
        }
        reply(r);
    }

    // ---- from the guest ------------------------------------------------------------------------------------------------

    /** An RNDIS message: in a send section, in the ranges of the packet, or first there and then here. */
    private void rndis(byte[] m) {
        int length = gather(m);
        boolean ok = length >= 0 && (u32(m, RNDIS_CHANNEL) == 1 ? command(length) : frames(length));
        byte[] r = answer(SEND_RNDIS_PACKET_COMPLETE);
        put32(r, RNDIS_STATUS, ok ? SUCCESS : FAILURE);
        reply(r);
    }

    /** Copies the message out of guest memory; its length, or -1. */
    private int gather(byte[] m) {
        int section = u32(m, RNDIS_SECTION);
        long inSection = section == NO_SECTION ? 0 : u32(m, RNDIS_SECTION_BYTES) & 0xFFFF_FFFFL;
        long total = inSection;
        for (GuestBuffer b : packet.buffers()) {
            total += b.length();
        }
        if (total > MOST_MESSAGE || inSection > SEND_SECTION) {
            return -1;
        }
        if (message.length < total) {
            message = new byte[MOST_MESSAGE];
        }
        int at = 0;
        if (section != NO_SECTION) {
            long offset = (section & 0xFFFF_FFFFL) * SEND_SECTION;
            if (send == null || !send.read(offset, message, 0, (int) inSection)) {
                return -1;
            }
            at = (int) inSection;
        }
        for (GuestBuffer b : packet.buffers()) {
            if (!b.read(0, message, at, (int) b.length())) {
                return -1;
            }
            at += (int) b.length();
        }
        return at;
    }

    private boolean command(int length) {
        byte[] answer = control.answer(message, length);
        if (answer != null) {
            toGuest(new Waiting(answer, true));
        }
        return true;
    }

    /** Packet messages, one behind the other. */
    private boolean frames(int length) {
        int at = 0;
        while (length - at >= RndisFormat.PACKET_HEADER) {
            long size = u32(message, at + RndisFormat.LENGTH) & 0xFFFF_FFFFL;
            if (u32(message, at + RndisFormat.TYPE) != RndisFormat.PACKET || size < RndisFormat.PACKET_HEADER || size > length - at) {
                return false;
            }
            long data = (u32(message, at + RndisFormat.DATA_OFFSET) & 0xFFFF_FFFFL) + RndisFormat.BODY;
            long bytes = u32(message, at + RndisFormat.DATA_LENGTH) & 0xFFFF_FFFFL;
            if (data < RndisFormat.PACKET_HEADER || data + bytes > size || bytes < HEADER || bytes > mtu + HEADER + 4) {
                return false;
            }
            if (control.linkUp()) {
                port.send(message, at + (int) data, (int) bytes);
            }
            at += (int) size;
        }
        return at > 0;
    }

    // ---- to the guest --------------------------------------------------------------------------------------------------

    private void frame(byte[] bytes, int offset, int length) {
        if (receive == null || channel == null || !control.linkUp() || length > receive.sectionSize() - RndisFormat.PACKET_HEADER
                || !control.wants(bytes, offset)) {
            return;
        }
        byte[] m = new byte[RndisFormat.PACKET_HEADER + length];
        put32(m, RndisFormat.TYPE, RndisFormat.PACKET);
        put32(m, RndisFormat.LENGTH, m.length);
        put32(m, RndisFormat.DATA_OFFSET, RndisFormat.PACKET_HEADER - RndisFormat.BODY);
        put32(m, RndisFormat.DATA_LENGTH, length);
        System.arraycopy(bytes, offset, m, RndisFormat.PACKET_HEADER, length);
        toGuest(new Waiting(m, false));
    }

    private void toGuest(Waiting w) {
        if (waiting.size() == MOST_WAITING) {
            dropped++;
            return;
        }
        waiting.add(w);
        pump();
    }

    /** Sends what waits as far as sections and ring allow. */
    private void pump() {
        while (!waiting.isEmpty() && receive != null && channel != null) {
            int section = receive.take();
            if (section < 0) {
                return;
            }
            Waiting w = waiting.peek();
            put32(notice, TYPE, SEND_RNDIS_PACKET);
            put32(notice, RNDIS_CHANNEL, w.control() ? 1 : 0);
            put32(notice, RNDIS_SECTION, NO_SECTION);
            range[0] = w.message().length;
            range[1] = receive.offset(section);
            if (!receive.write(section, w.message(), 0, w.message().length)
                    || !channel.sendTransferPages(RECEIVE_ID, range, 1, notice, 0, SIZE, section + 1L)) {
                if (receive != null) {
                    receive.release(section);
                }
                return;
            }
            waiting.poll();
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------

    /** What waits belongs to the state: a driver would wait for ever for an answer that is lost. */
    @Override
    public void save(StateWriter out) {
        out.begin("network-adapter", STATE_VERSION);
        control.save(out);
        out.put(channel != null);
        out.put(version);
        out.put(receive != null);
        if (receive != null) {
            out.put(receiveGpadl);
            receive.save(out);
        }
        out.put(send != null);
        out.put(sendGpadl);
        out.put(dropped);
        out.put(replies.size());
        for (byte[] r : replies) {
            out.put(r, 0, r.length);
        }
        out.put(waiting.size());
        for (Waiting w : waiting) {
            out.put(w.control());
            out.put(w.message(), 0, w.message().length);
        }
        out.end();
    }

    /** The bus must have been restored before, and the channel named by {@link #offered}. */
    @Override
    public void restore(StateReader in) {
        in.begin("network-adapter");
        control.restore(in);
        channel = in.takeBoolean() ? offered : null;
        version = (int) in.take();
        receive = null;
        if (in.takeBoolean()) {
            receiveGpadl = (int) in.take();
            receive = new ReceiveBuffer(channel.gpadl(receiveGpadl), sectionSize());
            receive.restore(in);
        }
        boolean sending = in.takeBoolean();
        sendGpadl = (int) in.take();
        send = sending ? channel.gpadl(sendGpadl) : null;
        dropped = in.take();
        replies.clear();
        for (long n = in.take(); n > 0; n--) {
            replies.add(in.takeBytes());
        }
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            boolean ofControl = in.takeBoolean();
            waiting.add(new Waiting(in.takeBytes(), ofControl));
        }
        in.end();
    }
}
