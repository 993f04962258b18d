package dev.hv.vmbus;

import static dev.hv.vmbus.VmbusMessages.*;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's end of a partition's VMBus: a synchronous state machine over control messages. Providers offer channels; the guest
 * connects, learns of them, describes memory (GPADLs) and opens them. Nothing a guest sends raises an exception.
 */
public final class Vmbus implements Saveable {

    /** Channel ids are below this; event flags of a synthetic interrupt source are as many. */
    public static final int MOST_CHANNELS = 2048;

    private static final Logger LOG = LoggerFactory.getLogger(Vmbus.class);
    private static final int STATE_VERSION = 1;
    private static final int MESSAGES_OLD = 1;
    private static final int MESSAGES_5 = 4;
    private static final int DEFAULT_SINT = 2;
    private static final int SINT_SHIFT = 12;
    /** No interrupts wanted. */
    private static final int NO_TARGET = -1;
    /** Ids for sub-channels, which a guest can ask for again and again; the others are for devices. */
    private static final int MOST_SUB_CHANNELS = MOST_CHANNELS / 2;
    private static final int UNSUCCESSFUL = 0xC000_0001;
    private static final int INVALID_PARAMETER = 0xC000_000D;
    private static final int CONNECTION_REFUSED = 0xC000_0236;
    /** Warnings that a guest can bring about, then silence. */
    private static final int MOST_WARNINGS = 20;
    private static final BusObserver NOBODY = new BusObserver() {
        @Override
        public void message(boolean fromGuest, byte[] message, int length) {}

        @Override
        public void packet(Channel channel, boolean fromGuest, byte[] ring, int length) {}

        @Override
        public void signal(Channel channel, boolean fromGuest) {}
    };

    private final VmbusPartition partition;
    private final SortedMap<Integer, ServerChannel> channels = new TreeMap<>();
    private final Gpadls gpadls;
    private final Outbox outbox;
    private final ArrayDeque<Runnable> deferred = new ArrayDeque<>();
    private BusObserver observer = NOBODY;
    private boolean busy;
    private boolean connected;
    private boolean offersRequested;
    private int version;
    private int warnings;

    /** A bus without a guest and without offers. */
    public Vmbus(VmbusPartition partition, Clock clock) {
        this.partition = partition;
        gpadls = new Gpadls(partition.memory());
        outbox = new Outbox(partition, clock, m -> observer.message(false, m, m.length));
        partition.listenMessages(MESSAGES_OLD, this::received);
        partition.listenMessages(MESSAGES_5, this::received);
    }

    /** Sets who sees everything that crosses the bus. */
    public void observe(BusObserver newObserver) {
        observer = newObserver;
    }

    /**
     * Offers a channel; a connected guest is told at once.
     *
     * @throws IllegalStateException when as many are offered as a bus can have
     */
    public Channel offer(ChannelOffer offer, ChannelHandler handler) {
        var channel = new ServerChannel(this, offer, handler, null, 0, freeId());
        add(channel);
        return channel;
    }

    /** The version that the guest speaks: major in bits 31:16; 0 when none is connected. */
    public int version() {
        return connected ? version : 0;
    }

    /** All channels that are offered, in the order of their ids. */
    public List<Channel> channels() {
        List<Channel> all = new ArrayList<>();
        for (ServerChannel c : channels.values()) {
            if (!c.withdrawn()) {
                all.add(c);
            }
        }
        return all;
    }

    /** The partition is reset: the guest that was connected is gone. */
    public void reset() {
        run(this::disconnect);
    }

    // ---- for channels ------------------------------------------------------------------------------------------------------

    BusObserver observer() {
        return observer;
    }

    DmaView memory() {
        return partition.memory();
    }

    void signalGuest(ServerChannel channel, int vp) {
        observer.signal(channel, false);
        if (vp != NO_TARGET) {
            partition.signalEvent(vp, DEFAULT_SINT, channel.id());
        }
    }

    GuestBuffer gpadl(ServerChannel channel, int id) {
        Gpadl g = gpadls.get(id);
        return g == null || g.channel() != channel.id() ? null : g.buffer();
    }

    int offerSubChannels(ServerChannel primary, int count, ChannelHandler handler) {
        int offered = 0;
        while (offered < count && channels.values().stream().filter(c -> c.primary() != null).count() < MOST_SUB_CHANNELS) {
            int index = 1;
            for (ServerChannel c : primary.subChannels()) {
                index = Math.max(index, c.subChannelIndex() + 1);
            }
            var channel = new ServerChannel(this, primary.offer(), handler, primary, index, freeId());
            primary.subChannels().add(channel);
            add(channel);
            offered++;
        }
        return offered;
    }

    /** The provider offers a channel no more. */
    void withdraw(ServerChannel channel) {
        channel.setWithdrawn();
        run(() -> rescind(channel));
    }

    /**
     * The guest broke the rules of a channel's ring: it is closed for the provider, and the guest is told to let go. The next guest on
     * this bus is offered it again.
     */
    void broken(ServerChannel channel, String why) {
        warn("channel {} ({}) is taken back: {}", channel.id(), channel.offer().name(), why);
        run(() -> rescind(channel));
    }

    // ---- inside ------------------------------------------------------------------------------------------------------------

    /** Runs an action, or puts it off until the one that is running has ended: handlers are never called from within one another. */
    private void run(Runnable action) {
        deferred.add(action);
        if (busy) {
            return;
        }
        busy = true;
        try {
            for (Runnable next = deferred.poll(); next != null; next = deferred.poll()) {
                next.run();
            }
        } finally {
            busy = false;
        }
    }

    private int freeId() {
        for (int id = 1; id < MOST_CHANNELS; id++) {
            if (!channels.containsKey(id)) {
                return id;
            }
        }
        throw new IllegalStateException("more than " + MOST_CHANNELS + " channels");
    }

    private int connection(ServerChannel channel) {
        return channel.id() | DEFAULT_SINT << SINT_SHIFT;
    }

    private void add(ServerChannel channel) {
        channels.put(channel.id(), channel);
        listen(channel);
        if (connected && offersRequested) {
            tell(channel);
        }
    }

    private void listen(ServerChannel channel) {
        partition.listenEvents(connection(channel), () -> {
            observer.signal(channel, true);
            run(channel::signalled);
        });
    }

    private void remove(ServerChannel channel) {
        channel.setState(ServerChannel.State.GONE);
        channels.remove(channel.id());
        partition.disconnect(connection(channel));
        gpadls.drop(g -> g.channel() == channel.id());
    }

    private void rescind(ServerChannel channel) {
        for (ServerChannel sub : List.copyOf(channel.subChannels())) {
            rescind(sub);
        }
        if (channel.primary() != null) {
            channel.primary().subChannels().remove(channel);
        }
        ServerChannel.State before = channel.state();
        close(channel);
        if (before == ServerChannel.State.UNKNOWN) {
            remove(channel);
        } else if (before != ServerChannel.State.RESCINDED && before != ServerChannel.State.GONE) {
            channel.setState(ServerChannel.State.RESCINDED);
            byte[] m = message(RESCIND, CHANNEL_SIZE);
            Bytes.put32(m, CHANNEL, channel.id());
            send(m);
        }
    }

    private void close(ServerChannel channel) {
        if (channel.state() == ServerChannel.State.OPEN) {
            channel.setState(ServerChannel.State.OFFERED);
            channel.disconnect();
            channel.handler().closed(channel);
        }
    }

    /** The guest is gone: what it had open is closed, sub-channels first, and only primary channels stay for the next one. */
    private void disconnect() {
        List<ServerChannel> all = List.copyOf(channels.values());
        for (ServerChannel c : all) {
            if (c.primary() != null) {
                close(c);
                remove(c);
            }
        }
        for (ServerChannel c : all) {
            if (c.primary() == null) {
                close(c);
                c.subChannels().clear();
                if (c.withdrawn()) {
                    remove(c);
                } else {
                    c.setState(ServerChannel.State.UNKNOWN);
                }
            }
        }
        gpadls.drop(g -> true);
        outbox.clear();
        connected = false;
        offersRequested = false;
    }

    private void warn(String format, Object... arguments) {
        if (warnings < MOST_WARNINGS) {
            warnings++;
            LOG.warn(format, arguments);
        }
    }

    // ---- messages to the guest -----------------------------------------------------------------------------------------------

    private static byte[] message(int type, int size) {
        byte[] m = new byte[size];
        Bytes.put32(m, TYPE, type);
        return m;
    }

    private void send(byte[] m) {
        if (!outbox.send(m)) {
            warn("message {} is dropped: the guest does not take its messages", Bytes.u32(m, TYPE));
        }
    }

    private void tell(ServerChannel channel) {
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
        Bytes.put32(m, OFFER_CONNECTION, connection(channel));
        channel.setState(ServerChannel.State.OFFERED);
        send(m);
    }

    // ---- messages from the guest ---------------------------------------------------------------------------------------------

    private void received(byte[] payload, int length) {
        byte[] m = Arrays.copyOf(payload, length);
        observer.message(true, m, length);
        run(() -> {
            outbox.flush();
            handle(m);
        });
    }

    private void handle(byte[] m) {
        if (m.length < HEADER) {
            warn("a message of {} bytes is no message", m.length);
            return;
        }
        int type = Bytes.u32(m, TYPE);
        if (type == INITIATE_CONTACT) {
            if (enough(m, CONTACT_SIZE)) {
                initiateContact(m);
            }
            return;
        }
        if (!connected) {
            // Linux lets go of its channels after it has unloaded the bus
            if (type != RELEASED) {
                warn("message {} before a connection", type);
            }
            return;
        }
        switch (type) {
            case REQUEST_OFFERS -> requestOffers();
            case OPEN -> with(m, OPEN_SIZE, this::open);
            case CLOSE -> with(m, CHANNEL_SIZE, (c, x) -> closeChannel(c));
            case GPADL_HEADER -> gpadlHeader(m);
            case GPADL_BODY -> gpadlBody(m);
            case GPADL_TEARDOWN -> gpadlTeardown(m);
            case RELEASED -> with(m, CHANNEL_SIZE, (c, x) -> released(c));
            case MODIFY_CHANNEL -> with(m, MODIFY_SIZE, this::modify);
            case UNLOAD -> unload();
            case TL_CONNECT -> refuseSocket(m);
            default -> warn("message {} is not known", type);
        }
    }

    private boolean enough(byte[] m, int size) {
        if (m.length < size) {
            warn("message {} has only {} bytes", Bytes.u32(m, TYPE), m.length);
            return false;
        }
        return true;
    }

    /** What is done with a message about a channel. */
    @FunctionalInterface
    private interface ChannelAction {
        void act(ServerChannel channel, byte[] message);
    }

    private void with(byte[] m, int size, ChannelAction action) {
        if (!enough(m, size)) {
            return;
        }
        ServerChannel c = channels.get(Bytes.u32(m, CHANNEL));
        if (c == null || c.state() == ServerChannel.State.UNKNOWN) {
            warn("message {} about channel {}, which is not offered", Bytes.u32(m, TYPE), Bytes.u32(m, CHANNEL));
            return;
        }
        action.act(c, m);
    }

    private void initiateContact(byte[] m) {
        if (connected) {
            disconnect();
        }
        int wanted = Bytes.u32(m, CONTACT_VERSION);
        boolean ok = VmbusVersion.supported(wanted);
        outbox.target(Bytes.u32(m, CONTACT_TARGET), DEFAULT_SINT);
        if (ok && wanted >= VmbusVersion.V5_0) {
            int source = m[CONTACT_SINT] & 0xFF;
            ok = source == DEFAULT_SINT && m[CONTACT_SINT + 1] == 0;
        }
        connected = ok;
        version = wanted;
        byte[] r = message(VERSION_RESPONSE, wanted >= VmbusVersion.V6_0 ? VERSION_RESPONSE_SIZE_6 : VERSION_RESPONSE_SIZE);
        r[VERSION_SUPPORTED] = (byte) (ok ? 1 : 0);
        Bytes.put32(r, VERSION_CONNECTION, wanted >= VmbusVersion.V5_0 ? MESSAGES_5 : wanted);
        send(r);
    }

    private void requestOffers() {
        if (offersRequested) {
            warn("offers were requested already");
            return;
        }
        offersRequested = true;
        for (ServerChannel c : channels.values()) {
            tell(c);
        }
        send(message(ALL_OFFERS_DELIVERED, HEADER));
    }

    private void open(ServerChannel c, byte[] m) {
        int status = c.state() == ServerChannel.State.OFFERED ? openRings(c, m) : UNSUCCESSFUL;
        byte[] r = message(OPEN_RESULT, OPEN_RESULT_SIZE);
        Bytes.put32(r, CHANNEL, c.id());
        Bytes.put32(r, OPEN_ID, Bytes.u32(m, OPEN_ID));
        Bytes.put32(r, OPEN_STATUS, status);
        send(r);
        c.serveEarly();
    }

    private int openRings(ServerChannel c, byte[] m) {
        int gpadl = Bytes.u32(m, OPEN_GPADL);
        GuestBuffer memory = gpadl(c, gpadl);
        byte[] user = Arrays.copyOfRange(m, OPEN_USER, OPEN_USER + USER_SIZE);
        if (memory == null || !c.connect(memory, gpadl, Bytes.u32(m, OPEN_DOWNSTREAM), Bytes.u32(m, OPEN_TARGET), user)) {
            c.disconnect();
            return INVALID_PARAMETER;
        }
        c.setState(ServerChannel.State.OPEN);
        int status = c.handler().opened(c);
        if (status != 0) {
            c.setState(ServerChannel.State.OFFERED);
            c.disconnect();
        }
        return status;
    }

    private void closeChannel(ServerChannel c) {
        close(c);
        if (c.primary() == null) {
            for (ServerChannel sub : List.copyOf(c.subChannels())) {
                rescind(sub);
            }
        }
    }

    /** The guest forgets a channel: taken back before, or closed and let go of by itself, as drivers do that are unloaded. */
    private void released(ServerChannel c) {
        if (c.state() == ServerChannel.State.OPEN) {
            warn("channel {} was released while it is open", c.id());
        } else if (c.withdrawn() || c.primary() != null) {
            if (c.primary() != null) {
                c.primary().subChannels().remove(c);
            }
            remove(c);
        } else {
            gpadls.drop(g -> g.channel() == c.id());
            c.setState(ServerChannel.State.UNKNOWN);
        }
    }

    private void modify(ServerChannel c, byte[] m) {
        c.setTarget(Bytes.u32(m, MODIFY_TARGET));
        if (version >= VmbusVersion.V5_3) {
            byte[] r = message(MODIFY_RESPONSE, MODIFY_SIZE);
            Bytes.put32(r, CHANNEL, c.id());
            Bytes.put32(r, MODIFY_STATUS, c.open() ? 0 : UNSUCCESSFUL);
            send(r);
        }
    }

    private void unload() {
        disconnect();
        send(message(UNLOAD_RESPONSE, HEADER));
    }

    private void refuseSocket(byte[] m) {
        if (enough(m, TL_CONNECT_SIZE)) {
            byte[] r = message(TL_RESULT, TL_RESULT_SIZE);
            System.arraycopy(m, TL_ENDPOINT, r, TL_ENDPOINT, 2 * Guid.SIZE);
            Bytes.put32(r, TL_STATUS, CONNECTION_REFUSED);
            if (version >= VmbusVersion.V4_1) {
                send(r);
            }
        }
    }

    // ---- GPADLs --------------------------------------------------------------------------------------------------------------

    private void gpadlHeader(byte[] m) {
        if (!enough(m, GPADL_DATA)) {
            return;
        }
        int id = Bytes.u32(m, GPADL_ID);
        int channel = Bytes.u32(m, CHANNEL);
        ServerChannel c = channels.get(channel);
        boolean offered = c != null && (c.state() == ServerChannel.State.OFFERED || c.state() == ServerChannel.State.OPEN);
        Gpadl g = offered ? gpadls.begin(id, channel, Bytes.u16(m, GPADL_RANGES), Bytes.u16(m, GPADL_BYTES)) : null;
        if (g == null) {
            warn("GPADL {} of channel {} is refused", id, channel);
            created(channel, id, UNSUCCESSFUL);
            return;
        }
        g.add(m, GPADL_DATA, m.length - GPADL_DATA);
        finish(g);
    }

    private void gpadlBody(byte[] m) {
        if (!enough(m, GPADL_BODY_DATA)) {
            return;
        }
        Gpadl g = gpadls.get(Bytes.u32(m, GPADL_ID));
        if (g == null || g.complete()) {
            warn("GPADL body for {}, which does not wait for one", Bytes.u32(m, GPADL_ID));
            return;
        }
        g.add(m, GPADL_BODY_DATA, m.length - GPADL_BODY_DATA);
        finish(g);
    }

    private void finish(Gpadl g) {
        if (!g.complete()) {
            return;
        }
        boolean ok = gpadls.resolve(g);
        if (!ok) {
            warn("GPADL {} of channel {} is malformed or names pages that are not there", g.id(), g.channel());
        }
        created(g.channel(), g.id(), ok ? 0 : INVALID_PARAMETER);
    }

    private void created(int channel, int id, int status) {
        byte[] r = message(GPADL_CREATED, GPADL_CREATED_SIZE);
        Bytes.put32(r, CHANNEL, channel);
        Bytes.put32(r, GPADL_ID, id);
        Bytes.put32(r, GPADL_STATUS, status);
        send(r);
    }

    private void gpadlTeardown(byte[] m) {
        if (!enough(m, GPADL_TEARDOWN_SIZE)) {
            return;
        }
        int id = Bytes.u32(m, GPADL_ID);
        Gpadl g = gpadls.get(id);
        if (g != null && g.channel() != Bytes.u32(m, CHANNEL)) {
            warn("GPADL {} is not of channel {}", id, Bytes.u32(m, CHANNEL));
            return;
        }
        if (g != null) {
            ServerChannel c = channels.get(g.channel());
            if (c != null && c.state() == ServerChannel.State.OPEN && c.ringGpadl() == id) {
                warn("channel {} loses the memory of its rings while it is open", c.id());
                close(c);
            }
            gpadls.drop(x -> x == g);
        }
        byte[] r = message(GPADL_TORNDOWN, CHANNEL_SIZE);
        Bytes.put32(r, HEADER, id);
        send(r);
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("vmbus", STATE_VERSION);
        out.put(connected);
        out.put(offersRequested);
        out.put(version);
        outbox.save(out);
        gpadls.save(out);
        out.put(channels.size());
        for (ServerChannel c : channels.values()) {
            out.put(c.id());
            out.put(c.primary() == null ? 0 : c.primary().id());
            out.put(c.subChannelIndex());
            c.save(out);
        }
        out.end();
    }

    /** Restores a bus that has the same offers; sub-channels get the handler of their primary channel. */
    @Override
    public void restore(StateReader in) {
        in.begin("vmbus");
        connected = in.takeBoolean();
        offersRequested = in.takeBoolean();
        version = (int) in.take();
        outbox.restore(in);
        gpadls.restore(in);
        for (long n = in.take(); n > 0; n--) {
            int id = (int) in.take();
            int primary = (int) in.take();
            int index = (int) in.take();
            ServerChannel c = channels.get(id);
            if (c == null && channels.get(primary) != null) {
                ServerChannel p = channels.get(primary);
                c = new ServerChannel(this, p.offer(), p.handler(), p, index, id);
                p.subChannels().add(c);
                channels.put(id, c);
                listen(c);
            }
            if (c == null) {
                throw new StateFormatException("channel " + id + " is not offered here");
            }
            c.restore(in);
        }
        in.end();
    }
}
