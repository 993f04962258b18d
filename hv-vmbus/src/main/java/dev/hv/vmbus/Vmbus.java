package dev.hv.vmbus;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.HostWork;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.BusObserver;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelBus;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.ChannelLife;
import dev.hv.vmbus.channel.ChannelTable;
import dev.hv.vmbus.channel.GpadlRequests;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.channel.ServerChannel;
import dev.hv.vmbus.channel.SocketRequests;
import dev.hv.vmbus.memory.Gpadls;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.ConnectionState;
import dev.hv.vmbus.protocol.GuestWarnings;
import dev.hv.vmbus.protocol.HostMessages;
import dev.hv.vmbus.protocol.NtStatus;
import dev.hv.vmbus.protocol.Outbox;
import dev.hv.vmbus.protocol.VmbusPorts;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The host's end of a partition's VMBus: a synchronous state machine over control messages. Providers offer channels; the guest
 * connects, learns of them, describes memory (GPADLs) and opens them. Nothing a guest sends raises an exception.
 */
public final class Vmbus implements Offers, Saveable {

    private static final int STATE_VERSION = 4;
    /** No interrupts wanted. */
    private static final int NO_TARGET = -1;
    /** Sees nothing. */
    public static final BusObserver NOBODY = new BusObserver() {
        @Override
        public void message(boolean fromGuest, byte[] message, int length) {}

        @Override
        public void packet(Channel channel, boolean fromGuest, byte[] ring, int length) {}

        @Override
        public void signal(Channel channel, boolean fromGuest) {}
    };

    /** The provider of what nobody provides any more. */
    private static final ChannelHandler GONE = new ChannelHandler() {
        @Override
        public int opened(Channel channel) {
            return NtStatus.UNSUCCESSFUL;
        }

        @Override
        public void packetsAvailable(Channel channel) {}

        @Override
        public void closed(Channel channel) {}
    };

    private final VmbusPartition partition;
    private final HostWork work;
    private final ActionQueue actions;
    private final ConnectionState connection = new ConnectionState();
    private final ChannelTable channels = new ChannelTable();
    private final GuestWarnings warnings = new GuestWarnings();
    private final Gpadls gpadls;
    private final Outbox outbox;
    private final ChannelLife life;
    private final GuestRequests requests;
    /** Channels with packets for which a turn had no room, in the order in which they go on. */
    private final LinkedHashSet<ServerChannel> unserved = new LinkedHashSet<>();
    private BusObserver observer = NOBODY;
    private Runnable contacted = () -> { };
    private SocketRequests sockets = SocketRequests.NOBODY;

    /** A bus without a guest and without offers, whose providers' work is not bounded. */
    public Vmbus(VmbusPartition partition, Clock clock) {
        this(partition, clock, goOn -> HostWork.UNLIMITED);
    }

    /**
     * A bus without a guest and without offers.
     *
     * @param turns where the share of turns comes from in which providers take packets from this guest
     */
    public Vmbus(VmbusPartition partition, Clock clock, HostWork.Source turns) {
        this.partition = partition;
        work = turns.work(this::goOn);
        actions = new ActionQueue(work);
        gpadls = new Gpadls(id -> channels.get(id).memory());
        outbox = new Outbox(partition, clock, m -> observer.message(false, m, m.length));
        var messages = new HostMessages(outbox, warnings);
        life = new ChannelLife(new Floor(), partition, connection, channels, gpadls, messages, warnings);
        requests = new GuestRequests(connection, life, new GpadlRequests(channels, gpadls, messages, warnings), outbox, messages, warnings,
                () -> contacted.run(), () -> sockets);
        partition.listenMessages(VmbusPorts.MESSAGES_OLD, this::received);
        partition.listenMessages(VmbusPorts.MESSAGES_5, this::received);
    }

    /** Sets who sees everything that crosses the bus. */
    public void observe(BusObserver newObserver) {
        observer = newObserver;
    }

    /** Sets who is told when a guest connects: a system that has just started, or has unloaded the bus before. */
    public void whenConnected(Runnable told) {
        contacted = told;
    }

    /** Sets who serves the guest's sockets; without, every connection is refused. */
    public void serveSockets(SocketRequests server) {
        sockets = server;
    }

    @Override
    public boolean connected() {
        return connection.offersRequested();
    }

    @Override
    public Channel offer(ChannelOffer offer, ChannelHandler handler) {
        return life.offer(offer, handler);
    }

    /** The version that the guest speaks: major in bits 31:16; 0 when none is connected. */
    public int version() {
        return connection.version();
    }

    /** All channels that are offered, in the order of their ids. */
    public List<Channel> channels() {
        return channels.all().stream().filter(c -> !c.withdrawn()).<Channel>map(c -> c).toList();
    }

    /** The partition is reset: the guest that was connected is gone. */
    public void reset() {
        actions.run(requests::disconnect);
    }

    /** The partition is no more: nothing of the bus goes on, and nothing is sent any more. */
    public void close() {
        reset();
        work.close();
    }

    private void received(byte[] payload, int length) {
        byte[] m = Arrays.copyOf(payload, length);
        observer.message(true, m, length);
        actions.run(() -> {
            outbox.flush();
            requests.handle(m);
        });
    }

    /** The next turn: channels take what is left, one after another until the turn is used up; who comes up short is the first next time. */
    private void goOn() {
        actions.run(() -> {
            while (!unserved.isEmpty() && work.another()) {
                unserved.removeFirst().serve();
            }
            if (!unserved.isEmpty()) {
                work.later();
            }
        });
    }

    /** What the channels stand on. */
    private final class Floor implements ChannelBus {

        @Override
        public BusObserver observer() {
            return observer;
        }

        @Override
        public DmaBus memory() {
            return partition.memory();
        }

        @Override
        public void signalled(ServerChannel channel) {
            observer.signal(channel, true);
            actions.run(channel::signalled);
        }

        @Override
        public void signalGuest(ServerChannel channel, int vp) {
            observer.signal(channel, false);
            if (vp != NO_TARGET) {
                partition.signalEvent(vp, VmbusPorts.SINT, channel.id());
            }
        }

        @Override
        public boolean another() {
            return work.another();
        }

        @Override
        public void later(ServerChannel channel) {
            unserved.add(channel);
            work.later();
        }

        @Override
        public void forget(ServerChannel channel) {
            unserved.remove(channel);
        }

        @Override
        public GuestBuffer gpadl(ServerChannel channel, int id) {
            return gpadls.buffer(channel.id(), id);
        }

        @Override
        public int offerSubChannels(ServerChannel primary, int count, ChannelHandler handler) {
            return life.offerSubChannels(primary, count, handler);
        }

        @Override
        public void withdraw(ServerChannel channel) {
            channel.setWithdrawn();
            actions.run(() -> life.rescind(channel));
        }

        @Override
        public void broken(ServerChannel channel, String why) {
            warnings.say("channel {} ({}) is taken back: {}", channel.id(), channel.offer().name(), why);
            actions.run(() -> life.rescind(channel));
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("vmbus", STATE_VERSION);
        connection.save(out);
        outbox.save(out);
        gpadls.save(out);
        List<ServerChannel> all = channels.all();
        List<ServerChannel> devices = all.stream().filter(c -> c.primary() == null && !ownOffer(c)).toList();
        out.put("devices-count", devices.size());
        for (ServerChannel c : devices) {
            out.item("device", c.id());
            out.put("id", c.id());
            c.offer().save(out);
        }
        out.endItems();
        out.put("channels-count", all.size());
        for (ServerChannel c : all) {
            out.item("channel", c.id());
            out.put("id", c.id());
            out.put("primary", c.primary() == null ? 0 : c.primary().id());
            out.put("sub-channel-index", c.subChannelIndex());
            boolean itsOwn = ownOffer(c);
            out.put("its-own", itsOwn);
            if (itsOwn) {
                c.offer().save(out);
            }
            c.save(out);
        }
        out.endItems();
        out.put("unserved-count", unserved.size());
        unserved.forEach(c -> out.put("unserved", c.id()));
        out.end();
    }

    /** Whether what is offered is part of the state: it is nothing that the machine's description has. */
    private static boolean ownOffer(ServerChannel c) {
        return c.primary() == null && (c.withdrawn() || c.offer().mode() == ChannelOffer.Mode.SOCKET);
    }

    /** A connection, or a channel that was taken back and that the guest knows still. */
    private ServerChannel restoredOffer(int id, ChannelOffer offer) {
        ChannelHandler handler = offer.mode() == ChannelOffer.Mode.SOCKET ? sockets.restored(offer) : null;
        ServerChannel c = life.restored(offer, id, handler == null ? GONE : handler);
        if (handler != null) {
            sockets.restored(c);
        }
        return c;
    }

    /** Restores a bus that has the same offers, or some more that were taken back when it was saved; sub-channels get the handler of their primary channel. */
    @Override
    public void restore(StateReader in) {
        in.begin("vmbus", STATE_VERSION);
        connection.restore(in);
        outbox.restore(in);
        gpadls.restore(in);
        Map<Integer, ChannelOffer> devices = new TreeMap<>();
        for (long n = in.take(); n > 0; n--) {
            devices.put((int) in.take(), ChannelOffer.restored(in));
        }
        life.place(devices);
        for (long n = in.take(); n > 0; n--) {
            int id = (int) in.take();
            ServerChannel primary = channels.get((int) in.take());
            int index = (int) in.take();
            ServerChannel c = in.takeBoolean() ? restoredOffer(id, ChannelOffer.restored(in)) : channels.get(id);
            if (c == null && primary != null) {
                c = life.restored(primary, index, id);
            }
            if (c == null) {
                throw new StateFormatException("channel " + id + " is not offered here");
            }
            c.restore(in);
            if (c.handler() == GONE) {
                c.rescind();
            }
        }
        unserved.clear();
        for (long n = in.take(); n > 0; n--) {
            unserved.add(channels.get((int) in.take()));
        }
        in.end();
        if (!unserved.isEmpty()) {
            work.later();
        }
    }
}
