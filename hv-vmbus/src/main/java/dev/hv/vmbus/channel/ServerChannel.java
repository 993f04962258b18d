package dev.hv.vmbus.channel;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.memory.PageRange;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.VmbusMessages;
import dev.hv.vmbus.ring.Packet;
import dev.hv.vmbus.ring.PacketFormat;
import dev.hv.vmbus.ring.PacketParser;
import dev.hv.vmbus.ring.RingFormat;
import dev.hv.vmbus.ring.RingReader;
import dev.hv.vmbus.ring.RingWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A channel on the bus: what was offered, what the guest has made of it, and its rings. */
public final class ServerChannel implements Channel {

    /** Life of a channel as far as the guest knows. */
    enum State {
        /** The guest has not been told. */
        UNKNOWN,
        OFFERED,
        OPEN,
        /** Taken back; its id is free when the guest says so. */
        RESCINDED,
        GONE
    }

    private static final int VERSION = 1;

    private final ChannelBus bus;
    private final ChannelOffer offer;
    private final ChannelHandler handler;
    private final ServerChannel primary;
    private final int subChannelIndex;
    private final List<ServerChannel> subChannels = new ArrayList<>();
    private int id;
    private final DmaView memory;
    private State state = State.UNKNOWN;
    /** It is about to be taken back; nothing crosses it any more. */
    private boolean ending;
    /** The provider has taken it back, or its primary channel is; no other guest is offered it. */
    private boolean withdrawn;
    private byte[] openData = new byte[VmbusMessages.USER_SIZE];
    private int target;
    private int ringGpadl;
    private int downstream;
    private RingReader reader;
    private RingWriter writer;
    private byte[] scratch = new byte[1024];
    private long packetsIn;
    private long bytesIn;
    private long signalsIn;
    private long packetsOut;
    private long bytesOut;
    private long signalsOut;

    ServerChannel(ChannelBus bus, ChannelOffer offer, ChannelHandler handler, ServerChannel primary, int subChannelIndex, int id) {
        this.bus = bus;
        this.offer = offer;
        this.handler = handler;
        this.primary = primary;
        this.subChannelIndex = subChannelIndex;
        this.id = id;
        memory = bus.memory().view(DmaRequester.vmbus(offer.instanceId().first(), offer.instanceId().second()));
    }

    @Override
    public ChannelOffer offer() {
        return offer;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public int subChannelIndex() {
        return subChannelIndex;
    }

    @Override
    public boolean open() {
        return state == State.OPEN && !ending;
    }

    @Override
    public byte[] openData() {
        return openData;
    }

    @Override
    public int targetProcessor() {
        return target;
    }

    @Override
    public String rings() {
        return state == State.OPEN ? "to the host    " + reader.describe(reader.index(), true) + "to the guest   " + writer.describe(writer.index(), false) : "";
    }

    /** Guest memory as this channel's device sees it. */
    public DmaView memory() {
        return memory;
    }

    /** Its provider's side. */
    public ChannelHandler handler() {
        return handler;
    }

    /** The channel that this is a sub-channel of; null for a primary one. */
    public ServerChannel primary() {
        return primary;
    }

    @Override
    public Channel subChannel(int index) {
        return subChannels.stream().filter(c -> c.subChannelIndex == index).findFirst().orElse(null);
    }

    List<ServerChannel> subChannels() {
        return subChannels;
    }

    /** Index of the next sub-channel that is offered. */
    int nextSubChannelIndex() {
        return subChannels.stream().mapToInt(ServerChannel::subChannelIndex).max().orElse(0) + 1;
    }

    /** It has another id in a state that is restored. */
    void setId(int newId) {
        id = newId;
    }

    /** Whether a guest takes another channel for the same device. */
    boolean sameDevice(ServerChannel other) {
        return offer.sameDevice(other.offer);
    }

    State state() {
        return state;
    }

    void setState(State newState) {
        state = newState;
    }

    /** Whether its provider has taken it back. */
    public boolean withdrawn() {
        return withdrawn;
    }

    /** Its provider takes it back. */
    public void setWithdrawn() {
        withdrawn = true;
    }

    void setTarget(int vp) {
        target = vp;
    }

    int ringGpadl() {
        return ringGpadl;
    }

    // ---- opening and closing -------------------------------------------------------------------------------------------

    /** Sets the rings up; false when the memory is no good for them: they take whole pages. */
    boolean connect(GuestBuffer memory, int gpadl, int downstreamPage, int vp, byte[] user) {
        if (!(memory instanceof PageRange range) || range.first() != 0 || range.length() % Page.SIZE != 0) {
            return false;
        }
        long from = (downstreamPage & 0xFFFF_FFFFL) * Page.SIZE;
        long outgoing = from - RingFormat.DATA;
        long incoming = memory.length() - from - RingFormat.DATA;
        if (outgoing < RingFormat.LEAST_DATA || incoming < RingFormat.LEAST_DATA || outgoing > RingFormat.MOST_DATA || incoming > RingFormat.MOST_DATA) {
            return false;
        }
        reader = new RingReader(memory, 0, (int) outgoing);
        writer = new RingWriter(memory, from, (int) incoming);
        ringGpadl = gpadl;
        downstream = downstreamPage;
        target = vp;
        openData = user;
        ending = false;
        return reader.valid() && writer.valid();
    }

    /** The guest no longer has it open. */
    void disconnect() {
        reader = null;
        writer = null;
        bus.forget(this);
    }

    /** Ends its being open, when it is, and tells the provider. */
    void close() {
        if (state == State.OPEN) {
            state = State.OFFERED;
            disconnect();
            handler.closed(this);
        }
    }

    // ---- the guest's signal --------------------------------------------------------------------------------------------

    /** The guest has signalled it. */
    public void signalled() {
        signalsIn++;
        if (open() && writer.ready()) {
            handler.spaceAvailable(this);
        }
        if (open()) {
            handler.packetsAvailable(this);
        }
    }

    /** Serves packets that the guest wrote without a signal that was heard: before the channel was open, or while a turn had no room. */
    public void serve() {
        if (open() && !reader.empty()) {
            handler.packetsAvailable(this);
        }
    }

    private void signalGuest() {
        signalsOut++;
        bus.signalGuest(this, target);
    }

    // ---- packets -------------------------------------------------------------------------------------------------------

    @Override
    public boolean receive(Packet into) {
        if (!open()) {
            return false;
        }
        if (!bus.another()) {
            if (!reader.empty()) {
                bus.later(this);
            }
            return false;
        }
        RingReader.Result result = reader.take();
        if (result == RingReader.Result.EMPTY) {
            return false;
        }
        if (result == RingReader.Result.BROKEN) {
            return broken("its ring makes no sense");
        }
        packetsIn++;
        bytesIn += reader.length() + PacketFormat.TRAILER;
        bus.observer().packet(this, true, reader.bytes(), reader.length());
        if (reader.signal()) {
            signalGuest();
        }
        return PacketParser.parse(reader.bytes(), reader.length(), memory, into) || broken("a packet is malformed");
    }

    /** The guest broke the ring's rules. */
    private boolean broken(String why) {
        ending = true;
        bus.broken(this, why);
        return false;
    }

    @Override
    public boolean send(byte[] payload, int offset, int length, long transactionId, boolean completionRequested) {
        return put(Packet.Type.IN_BAND, PacketFormat.DESCRIPTOR, completionRequested, transactionId, payload, offset, length);
    }

    @Override
    public boolean complete(long transactionId, byte[] payload, int offset, int length) {
        return put(Packet.Type.COMPLETION, PacketFormat.DESCRIPTOR, false, transactionId, payload, offset, length);
    }

    @Override
    public boolean sendTransferPages(int setId, int[] ranges, int rangeCount, byte[] payload, int offset, int length, long transactionId) {
        int header = PacketFormat.TRANSFER_RANGES + 8 * rangeCount;
        room(header);
        LittleEndian.put16(scratch, PacketFormat.TRANSFER_SET, setId);
        LittleEndian.put16(scratch, PacketFormat.TRANSFER_SET + 2, 0);
        LittleEndian.put32(scratch, PacketFormat.TRANSFER_COUNT, rangeCount);
        for (int i = 0; i < 2 * rangeCount; i++) {
            LittleEndian.put32(scratch, PacketFormat.TRANSFER_RANGES + 4 * i, ranges[i]);
        }
        return put(Packet.Type.TRANSFER_PAGES, header, true, transactionId, payload, offset, length);
    }

    private void room(int bytes) {
        if (scratch.length < bytes) {
            scratch = Arrays.copyOf(scratch, Math.max(bytes, 2 * scratch.length));
        }
    }

    private boolean put(Packet.Type type, int header, boolean completion, long transaction, byte[] payload, int offset, int length) {
        if (!open()) {
            return false;
        }
        int total = header + length + 7 & ~7;
        room(total + PacketFormat.TRAILER);
        LittleEndian.put16(scratch, PacketFormat.TYPE, type.number());
        LittleEndian.put16(scratch, PacketFormat.OFFSET, header / 8);
        LittleEndian.put16(scratch, PacketFormat.LENGTH, total / 8);
        LittleEndian.put16(scratch, PacketFormat.FLAGS, completion ? PacketFormat.COMPLETION_REQUESTED : 0);
        LittleEndian.put64(scratch, PacketFormat.TRANSACTION, transaction);
        System.arraycopy(payload, offset, scratch, header, length);
        Arrays.fill(scratch, header + length, total, (byte) 0);
        RingWriter.Result result = writer.put(scratch, total);
        switch (result) {
            case FULL -> {
                return false;
            }
            case BROKEN -> {
                return broken("its incoming ring makes no sense, or is too small");
            }
            case SIGNAL, WRITTEN -> {
                packetsOut++;
                bytesOut += total + PacketFormat.TRAILER;
                bus.observer().packet(this, false, scratch, total);
                if (result == RingWriter.Result.SIGNAL) {
                    signalGuest();
                }
            }
        }
        return true;
    }

    // ---- memory, sub-channels, end ---------------------------------------------------------------------------------------

    @Override
    public void saveRange(GuestBuffer range, StateWriter out) {
        ((PageRange) range).save(out);
    }

    @Override
    public GuestBuffer restoredRange(StateReader in) {
        return PageRange.restored(in, memory);
    }

    @Override
    public GuestBuffer gpadl(int gpadl) {
        return bus.gpadl(primary == null ? this : primary, gpadl);
    }

    @Override
    public int offerSubChannels(int count, ChannelHandler newHandler) {
        return bus.offerSubChannels(this, count, newHandler);
    }

    @Override
    public void rescind() {
        ending = true;
        bus.withdraw(this);
    }

    @Override
    public ChannelStatistics statistics() {
        return new ChannelStatistics(packetsIn, bytesIn, signalsIn, packetsOut, bytesOut, signalsOut);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("channel", VERSION);
        out.put("id", id);
        out.put("state", state.ordinal());
        out.tell("state-name", state::name);
        out.tell("offer", () -> offer().name());
        out.tell("instance", () -> offer().instanceId().toString());
        out.put("withdrawn", withdrawn);
        out.put("open-data", openData, 0, openData.length);
        out.put("target", target);
        out.put("open", state == State.OPEN);
        if (state == State.OPEN) {
            out.put("ring-gpadl", ringGpadl);
            out.put("downstream", downstream);
            out.put("reader", reader.index());
            out.put("writer", writer.index());
            out.put("waiting", writer.waiting());
        }
        out.put("packets-in", packetsIn);
        out.put("bytes-in", bytesIn);
        out.put("signals-in", signalsIn);
        out.put("packets-out", packetsOut);
        out.put("bytes-out", bytesOut);
        out.put("signals-out", signalsOut);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("channel", VERSION);
        in.take();
        state = State.values()[(int) in.take()];
        withdrawn = in.takeBoolean();
        openData = in.takeBytes();
        target = (int) in.take();
        disconnect();
        if (in.takeBoolean()) {
            int gpadl = (int) in.take();
            if (!connect(bus.gpadl(this, gpadl), gpadl, (int) in.take(), target, openData)) {
                throw new StateFormatException("channel " + id + " is open without rings");
            }
            reader.restore((int) in.take());
            int index = (int) in.take();
            writer.restore(index, (int) in.take());
        }
        packetsIn = in.take();
        bytesIn = in.take();
        signalsIn = in.take();
        packetsOut = in.take();
        bytesOut = in.take();
        signalsOut = in.take();
        in.end();
    }
}
