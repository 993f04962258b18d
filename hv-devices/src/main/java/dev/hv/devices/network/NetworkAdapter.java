package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;
import static dev.hv.devices.network.NvspFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A synthetic network adapter: the provider's side of netvsc. Frames from the guest go to its switch port at once; frames for the
 * guest go into sections of its receive buffer, and wait in bounded queues, one a channel, when it has none left.
 */
public final class NetworkAdapter implements EthernetAdapter, ChannelHandler, Saveable {

    /** What the guest's driver looks for. */
    public static final Guid INTERFACE = Guid.of("f8615163-df3e-46c5-913f-f2d2f965ed0e");
    /** Bytes of a frame behind its header, unless the guest says more. */
    public static final int USUAL_MTU = 1500;

    private static final int STATE_VERSION = 4;
    private static final int V1 = 2;
    private static final int V2 = 0x3_0002;
    private static final int V4 = 0x4_0000;
    private static final int V5 = 0x5_0000;
    private static final int V6 = 0x6_0000;
    private static final int V6_1 = 0x6_0001;
    private static final int LEAST_MTU = 68;
    /** Channels that a guest may have. */
    private static final int MOST_CHANNELS = 16;

    private final MacAddress address;
    private final int mostMtu;
    private final RndisControl control;
    private final VirtualSwitch.Port port;
    private final SentFrames sent;
    private final FrameReceiver receiver;
    private final Packet packet = new Packet();
    /** Open channels, and what waits for them, by the index of the sub-channel; 0 is the primary one. */
    private final SortedMap<Integer, Channel> channels = new TreeMap<>();
    private final SortedMap<Integer, GuestQueue> queues = new TreeMap<>();
    private final GatheredMessage gathered = new GatheredMessage();
    private Channel offered;
    private int version;
    private int mtu = USUAL_MTU;
    private boolean coalescing;
    private int subChannels;
    private boolean tableUnsent;
    private ReceiveBuffer receive;
    private int receiveGpadl;
    private GuestBuffer send;
    private int sendGpadl;
    private long dropped;

    /**
     * An adapter on a switch.
     *
     * @param station name of its owner, for the switch
     * @param mostMtu bytes of a frame behind its header at most, if the guest asks for more than {@link #USUAL_MTU}
     */
    public NetworkAdapter(MacAddress address, int mostMtu, VirtualSwitch network, String station) {
        this.address = address;
        this.mostMtu = mostMtu;
        control = new RndisControl(address, USUAL_MTU, MOST_CHANNELS);
        receiver = new FrameReceiver(control, this::deliver);
        port = network.connect(station, receiver);
        sent = new SentFrames((bytes, offset, length, segment) -> {
            if (control.linkUp()) {
                port.send(bytes, offset, length, segment);
            }
        });
    }

    /** The offer of an adapter; {@code instance} tells adapters of a machine apart. */
    public static ChannelOffer offer(Guid instance, String name) {
        return ChannelOffer.of(INTERFACE, instance, name, false);
    }

    /** Says which channel of the bus is the adapter's; needed before {@link #restore}, as nobody opens a channel that is open already. */
    public void offered(Channel own) {
        offered = own;
    }

    @Override
    public MacAddress address() {
        return address;
    }

    /** {@inheritDoc} It cannot set another either. */
    @Override
    public void forbidOtherAddresses() {
        control.fixAddress();
        port.permitOnly(address);
    }

    @Override
    public VirtualSwitch.Port port() {
        return port;
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public void setLink(boolean up) {
        control.setLinkUp(up);
        if (control.initialized()) {
            command(control.indication());
        }
    }

    /** The virtual machine is reset, and its bus has been: the adapter is as after power-on; the cable stays as it is. */
    public void reset() {
        control.powerOn();
    }

    // ---- channels ------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        channels.put(opened.subChannelIndex(), opened);
        queues.put(opened.subChannelIndex(), new GuestQueue());
        return 0;
    }

    @Override
    public void closed(Channel closed) {
        channels.remove(closed.subChannelIndex());
        queues.remove(closed.subChannelIndex());
        if (closed.subChannelIndex() != 0) {
            return;
        }
        channels.clear();
        version = 0;
        mtu = USUAL_MTU;
        coalescing = false;
        subChannels = 0;
        tableUnsent = false;
        send = null;
        setReceive(null);
        queues.clear();
        control.close();
    }

    @Override
    public void packetsAvailable(Channel from) {
        GuestQueue queue = queues.get(from.subChannelIndex());
        if (queue == null) {
            // a sub-channel that outlives its primary channel has nobody to talk to
            return;
        }
        boolean released = false;
        while (!queue.stuck() && from.receive(packet)) {
            if (packet.type() == Packet.Type.COMPLETION) {
                released |= receive != null && receive.release(packet.transactionId() - 1);
            } else {
                request(from);
            }
        }
        if (released) {
            channels.forEach((i, c) -> pump(c));
        } else {
            pump(from);
        }
    }

    @Override
    public void spaceAvailable(Channel to) {
        pump(to);
        if (tableUnsent && to.subChannelIndex() == 0) {
            sendTable(to);
        }
    }

    private void pump(Channel channel) {
        GuestQueue queue = queues.get(channel.subChannelIndex());
        if (queue != null) {
            dropped += queue.pump(channel, receive);
        }
    }

    private void reply(Channel to, byte[] answer) {
        if (packet.completionRequested()) {
            queues.get(to.subChannelIndex()).answer(to, packet.transactionId(), answer);
        }
    }

    private void request(Channel from) {
        if (packet.length() < RNDIS_CHANNEL) {
            reply(from, new byte[SIZE]);
            return;
        }
        byte[] m = Arrays.copyOf(packet.payload(), Math.max(packet.length(), SIZE));
        switch (u32(m, TYPE)) {
            case SEND_RNDIS_PACKET -> rndis(from, m);
            case INIT -> initialize(from, m);
            case SEND_NDIS_CONFIG -> {
                mtu = Math.clamp((u32(m, CONFIG_MTU) & 0xFFFF_FFFFL) - FrameHeaders.ETHERNET, LEAST_MTU, mostMtu);
                coalescing = version >= V6_1 && (u64(m, CONFIG_CAPABILITIES) & COALESCING) != 0;
                configure();
                reply(from, new byte[SIZE]);
            }
            case SEND_RECEIVE_BUFFER -> receiveBuffer(from, m);
            case SEND_SEND_BUFFER -> sendBuffer(from, m);
            case REVOKE_RECEIVE_BUFFER -> {
                setReceive(null);
                reply(from, new byte[SIZE]);
            }
            case REVOKE_SEND_BUFFER -> {
                send = null;
                reply(from, new byte[SIZE]);
            }
            case SUB_CHANNEL -> subChannels(from, m);
            // version of NDIS, data path: noted without an effect
            default -> reply(from, new byte[SIZE]);
        }
    }

    private static byte[] answer(int type) {
        byte[] r = new byte[SIZE];
        put32(r, TYPE, type);
        return r;
    }

    // ---- NVSP ----------------------------------------------------------------------------------------------------------

    private void initialize(Channel from, byte[] m) {
        int wanted = u32(m, INIT_MAX);
        boolean known = switch (wanted) {
            case V1, V2, V4, V5, V6, V6_1 -> true;
            default -> false;
        };
        if (known) {
            version = wanted;
            configure();
        }
        byte[] r = answer(INIT_COMPLETE);
        put32(r, COMPLETE_VERSION, wanted);
        put32(r, COMPLETE_MAX_MDL, 34);
        put32(r, COMPLETE_STATUS, known ? SUCCESS : FAILURE);
        reply(from, r);
    }

    private void configure() {
        control.configure(mtu, coalescing, version >= V5);
    }

    /** Room for the longest frame and what is in front of it. */
    private int sectionSize() {
        return Math.max(ReceiveBuffer.LEAST_SECTION, mtu + FrameHeaders.ETHERNET + FrameHeaders.VLAN_TAG + PacketMessage.MOST_HEADER + 63 & ~63);
    }

    private void setReceive(ReceiveBuffer buffer) {
        receive = buffer;
        receiver.setRoom(buffer == null ? 0 : buffer.sectionSize(), buffer == null ? 0 : Math.min(GuestQueue.MOST_MESSAGES, buffer.sections()));
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
            setReceive(new ReceiveBuffer(memory, size));
            put32(r, RECEIVE_SECTIONS, 1);
            put32(r, SECTION + 4, size);
            put32(r, SECTION + 8, receive.sections());
            put32(r, SECTION + 12, receive.sections() * size);
        }
        reply(from, r);
    }

    private void sendBuffer(Channel from, byte[] m) {
        GuestBuffer memory = version == 0 || send != null ? null : from.gpadl(u32(m, BUFFER_GPADL));
        byte[] r = answer(SEND_SEND_BUFFER_COMPLETE);
        put32(r, SEND_STATUS, memory != null ? SUCCESS : FAILURE);
        if (memory != null) {
            sendGpadl = u32(m, BUFFER_GPADL);
            send = memory;
            put32(r, SEND_SECTION_SIZE, GatheredMessage.SECTION_SIZE);
        }
        reply(from, r);
    }

    /** Offers as many more channels as the guest asks for, the limit and the bus allow, and says which of them to send over. */
    private void subChannels(Channel from, byte[] m) {
        int wanted = u32(m, SUB_CHANNEL_OPERATION);
        int count = u32(m, SUB_CHANNEL_COUNT);
        boolean ok = version >= V5 && wanted == ALLOCATE_SUB_CHANNELS && count > 0 && subChannels == 0 && from.subChannelIndex() == 0;
        byte[] r = answer(SUB_CHANNEL);
        if (ok) {
            subChannels = from.offerSubChannels(Math.min(count, MOST_CHANNELS - 1), this);
            put32(r, SUB_CHANNEL_COUNT, subChannels);
        }
        put32(r, SUB_CHANNEL_STATUS, ok ? SUCCESS : FAILURE);
        reply(from, r);
        if (ok) {
            sendTable(from);
        }
    }

    /** Tells the guest over which channel to send what hashes to an entry. */
    private void sendTable(Channel primary) {
        byte[] m = new byte[TABLE + 4 * NvspFormat.TABLE_ENTRIES];
        put32(m, TYPE, SEND_INDIRECTION_TABLE);
        put32(m, TABLE_COUNT, NvspFormat.TABLE_ENTRIES);
        put32(m, NvspFormat.TABLE_OFFSET, TABLE);
        for (int i = 0; i < NvspFormat.TABLE_ENTRIES; i++) {
            put32(m, TABLE + 4 * i, i % (subChannels + 1));
        }
        tableUnsent = !primary.send(m, 0, m.length, 0, false);
    }

    // ---- RNDIS ---------------------------------------------------------------------------------------------------------

    /** An RNDIS message: in a send section, in the ranges of the packet, or first there and then here. */
    private void rndis(Channel from, byte[] m) {
        int length = gathered.gather(m, packet, send);
        boolean ok = length >= 0;
        if (ok && u32(m, RNDIS_CHANNEL) == 1) {
            byte[] answer = control.answer(gathered.bytes(), length);
            if (answer != null) {
                command(answer);
            }
        } else if (ok) {
            ok = sent.send(gathered.bytes(), length, control.longestFrame());
        }
        byte[] r = answer(SEND_RNDIS_PACKET_COMPLETE);
        put32(r, RNDIS_STATUS, ok ? SUCCESS : FAILURE);
        reply(from, r);
    }

    /** A control message for the guest. */
    private void command(byte[] m) {
        put(0, new byte[][] {m}, true);
    }

    private void deliver(int channel, byte[][] messages) {
        put(channels.containsKey(channel) ? channel : 0, messages, false);
    }

    private void put(int index, byte[][] messages, boolean ofControl) {
        Channel channel = channels.get(index);
        if (channel == null) {
            return;
        }
        if (queues.get(index).add(messages, ofControl)) {
            pump(channel);
        } else {
            dropped += messages.length;
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------

    /** What waits belongs to the state: a driver would wait for ever for an answer that is lost. */
    @Override
    public void save(StateWriter out) {
        out.begin("network-adapter", STATE_VERSION);
        control.save(out);
        out.put("channels-count", channels.size());
        channels.keySet().forEach(out::put);
        out.put("version", version);
        out.put("mtu", mtu);
        out.put("coalescing", coalescing);
        out.put("sub-channels", subChannels);
        out.put("table-unsent", tableUnsent);
        out.put("receive-present", receive != null);
        if (receive != null) {
            out.put("receive-gpadl", receiveGpadl);
            out.put("section-size", receive.sectionSize());
            receive.save(out);
        }
        out.put("send-present", send != null);
        out.put("send-gpadl", sendGpadl);
        out.put("dropped", dropped);
        out.put("queues-count", queues.size());
        queues.forEach((index, queue) -> {
            out.put("index", index);
            queue.save(out);
        });
        out.end();
    }

    /** The bus must have been restored before, and the channel named by {@link #offered}. */
    @Override
    public void restore(StateReader in) {
        in.begin("network-adapter", STATE_VERSION);
        control.restore(in);
        channels.clear();
        for (long n = in.take(); n > 0; n--) {
            int index = (int) in.take();
            Channel channel = index == 0 ? offered : offered.subChannel(index);
            if (channel == null) {
                throw new StateFormatException("network adapter " + address + " has no channel " + index + " here");
            }
            channels.put(index, channel);
        }
        version = (int) in.take();
        mtu = (int) in.take();
        coalescing = in.takeBoolean();
        subChannels = (int) in.take();
        tableUnsent = in.takeBoolean();
        setReceive(null);
        if (in.takeBoolean()) {
            receiveGpadl = (int) in.take();
            setReceive(new ReceiveBuffer(offered.gpadl(receiveGpadl), (int) in.take()));
            receive.restore(in);
        }
        boolean sending = in.takeBoolean();
        sendGpadl = (int) in.take();
        send = sending ? offered.gpadl(sendGpadl) : null;
        dropped = in.take();
        queues.clear();
        for (long n = in.take(); n > 0; n--) {
            var queue = new GuestQueue();
            queues.put((int) in.take(), queue);
            queue.restore(in);
        }
        in.end();
    }
}
