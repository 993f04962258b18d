package dev.hv.vmbus.channel;

import static dev.hv.vmbus.protocol.VmbusMessages.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.channel.ServerChannel.State;
import dev.hv.vmbus.memory.Gpadls;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.ConnectionState;
import dev.hv.vmbus.protocol.GuestWarnings;
import dev.hv.vmbus.protocol.HostMessages;
import dev.hv.vmbus.protocol.NtStatus;
import dev.hv.vmbus.protocol.VmbusPorts;
import dev.hv.vmbus.protocol.VmbusVersion;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * From the offer of a channel to its end: told to the guest, opened, moved to another processor, closed, taken back by the host, let go
 * of by the guest.
 */
public final class ChannelLife {

    private final ChannelBus bus;
    private final EventPorts ports;
    private final ConnectionState connection;
    private final ChannelTable channels;
    private final Gpadls gpadls;
    private final HostMessages messages;
    private final GuestWarnings warnings;

    /** The life of all channels of a bus. */
    public ChannelLife(ChannelBus bus, EventPorts ports, ConnectionState connection, ChannelTable channels, Gpadls gpadls, HostMessages messages,
            GuestWarnings warnings) {
        this.bus = bus;
        this.ports = ports;
        this.connection = connection;
        this.channels = channels;
        this.gpadls = gpadls;
        this.messages = messages;
        this.warnings = warnings;
    }

    // ---- offers --------------------------------------------------------------------------------------------------------------

    /** Offers a channel, with an id that nobody has. */
    public ServerChannel offer(ChannelOffer offer, ChannelHandler handler) {
        return add(new ServerChannel(bus, offer, handler, null, 0, channels.freeId()));
    }

    /** Offers sub-channels of a channel as far as there are ids; returns how many. */
    public int offerSubChannels(ServerChannel primary, int count, ChannelHandler handler) {
        int offered = 0;
        while (offered < count && channels.roomForSubChannel()) {
            add(subChannel(primary, handler, primary.nextSubChannelIndex(), channels.freeId()));
            offered++;
        }
        return offered;
    }

    /**
     * A channel of a saved state that nobody offers again by himself: a connection, or one that was taken back and that the guest knows still.
     */
    public ServerChannel restored(ChannelOffer offer, int id, ChannelHandler handler) {
        var c = new ServerChannel(bus, offer, handler, null, 0, id);
        channels.add(c);
        listen(c);
        return c;
    }

    /**
     * Gives channels that are offered here the ids that they have in a saved state; those that it does not have were taken back there.
     *
     * @param ids of the saved state's channels of devices, with their offers
     */
    public void place(Map<Integer, ChannelOffer> ids) {
        List<ServerChannel> moved = new ArrayList<>();
        for (ServerChannel c : channels.all()) {
            ChannelOffer there = ids.get(c.id());
            if (there == null || !c.offer().sameDevice(there)) {
                channels.remove(c);
                ports.disconnect(port(c));
                moved.add(c);
            }
        }
        ids.forEach((id, offer) -> moved.stream().filter(c -> c.offer().sameDevice(offer)).findFirst().ifPresent(c -> {
            c.setId(id);
            channels.add(c);
            listen(c);
        }));
    }

    /** A sub-channel of a saved state. */
    public ServerChannel restored(ServerChannel primary, int index, int id) {
        ServerChannel c = subChannel(primary, primary.handler(), index, id);
        channels.add(c);
        listen(c);
        return c;
    }

    private ServerChannel subChannel(ServerChannel primary, ChannelHandler handler, int index, int id) {
        var c = new ServerChannel(bus, primary.offer(), handler, primary, index, id);
        primary.subChannels().add(c);
        return c;
    }

    private ServerChannel add(ServerChannel channel) {
        channels.add(channel);
        listen(channel);
        if (connection.offersRequested()) {
            tell(channel);
        }
        return channel;
    }

    private void listen(ServerChannel channel) {
        ports.listenEvents(port(channel), () -> bus.signalled(channel));
    }

    private static int port(ServerChannel channel) {
        return channel.id() | VmbusPorts.SINT << VmbusPorts.EVENTS_SINT_SHIFT;
    }

    /** Tells the guest of everything that is offered. */
    public void tellAll() {
        channels.all().forEach(this::tell);
    }

    /**
     * Tells the guest of a channel. An identity that was taken back waits until the guest has let go of the old channel: drivers take the
     * new one for it otherwise.
     */
    private void tell(ServerChannel channel) {
        if (channel.primary() == null && channels.all().stream().anyMatch(c -> c.state() == State.RESCINDED && c.sameDevice(channel))) {
            return;
        }
        channel.setState(State.OFFERED);
        messages.offer(channel.offer(), channel.id(), channel.subChannelIndex(), port(channel));
    }

    // ---- what the guest asks for -----------------------------------------------------------------------------------------------

    /** What the guest asks of one of its channels: {@link VmbusMessages#OPEN}, CLOSE, MODIFY_CHANNEL or RELEASED, whose size is checked already. */
    public void request(int type, byte[] m) {
        ServerChannel c = channels.get(LittleEndian.u32(m, CHANNEL));
        if (c == null || c.state() == State.UNKNOWN) {
            warnings.say("message {} about channel {}, which is not offered", type, LittleEndian.u32(m, CHANNEL));
            return;
        }
        switch (type) {
            case OPEN -> open(c, m);
            case CLOSE -> closed(c);
            case MODIFY_CHANNEL -> modify(c, m);
            default -> released(c);
        }
    }

    private void open(ServerChannel c, byte[] m) {
        int status = c.state() == State.OFFERED ? openRings(c, m) : NtStatus.UNSUCCESSFUL;
        messages.openResult(c.id(), LittleEndian.u32(m, OPEN_ID), status);
        c.serve();
    }

    private int openRings(ServerChannel c, byte[] m) {
        int gpadl = LittleEndian.u32(m, OPEN_GPADL);
        GuestBuffer memory = bus.gpadl(c, gpadl);
        byte[] user = Arrays.copyOfRange(m, OPEN_USER, OPEN_USER + USER_SIZE);
        if (memory == null || !c.connect(memory, gpadl, LittleEndian.u32(m, OPEN_DOWNSTREAM), LittleEndian.u32(m, OPEN_TARGET), user)) {
            c.disconnect();
            return NtStatus.INVALID_PARAMETER;
        }
        c.setState(State.OPEN);
        int status = c.handler().opened(c);
        if (status != NtStatus.SUCCESS) {
            c.setState(State.OFFERED);
            c.disconnect();
        }
        return status;
    }

    /** The guest closes a channel; sub-channels do not outlive their primary one. */
    private void closed(ServerChannel c) {
        c.close();
        for (ServerChannel sub : List.copyOf(c.subChannels())) {
            rescind(sub);
        }
    }

    private void modify(ServerChannel c, byte[] m) {
        boolean open = c.open();
        if (open) {
            c.setTarget(LittleEndian.u32(m, MODIFY_TARGET));
        }
        if (connection.version() >= VmbusVersion.V5_3) {
            messages.modifyResponse(c.id(), open ? NtStatus.SUCCESS : NtStatus.UNSUCCESSFUL);
        }
    }

    /** The guest forgets a channel: taken back before, or closed and let go of by itself, as drivers do that are unloaded. */
    private void released(ServerChannel c) {
        if (c.state() == State.OPEN) {
            warnings.say("channel {} was released while it is open", c.id());
        } else if (c.withdrawn() || c.primary() != null) {
            if (c.primary() != null) {
                c.primary().subChannels().remove(c);
            }
            remove(c);
            tellSuccessor(c);
        } else {
            gpadls.drop(g -> g.channel() == c.id());
            c.setState(State.UNKNOWN);
        }
    }

    private void tellSuccessor(ServerChannel gone) {
        for (ServerChannel c : channels.all()) {
            if (c.state() == State.UNKNOWN && gone.primary() == null && c.sameDevice(gone) && connection.offersRequested()) {
                tell(c);
            }
        }
    }

    // ---- the end ---------------------------------------------------------------------------------------------------------------

    /** Takes a channel back, its sub-channels first. */
    public void rescind(ServerChannel channel) {
        for (ServerChannel sub : List.copyOf(channel.subChannels())) {
            rescind(sub);
        }
        if (channel.primary() != null) {
            channel.primary().subChannels().remove(channel);
        }
        State before = channel.state();
        channel.close();
        if (before == State.UNKNOWN) {
            remove(channel);
        } else if (before != State.RESCINDED && before != State.GONE) {
            channel.setState(State.RESCINDED);
            messages.rescind(channel.id());
        }
    }

    private void remove(ServerChannel channel) {
        channel.setState(State.GONE);
        channels.remove(channel);
        ports.disconnect(port(channel));
        gpadls.drop(g -> g.channel() == channel.id());
    }

    /** The guest is gone: what it had open is closed, sub-channels first, and only primary channels stay for the next one. */
    public void guestGone() {
        List<ServerChannel> all = channels.all();
        for (ServerChannel c : all) {
            if (c.primary() != null) {
                c.close();
                remove(c);
            }
        }
        for (ServerChannel c : all) {
            if (c.primary() == null) {
                boolean connection = c.offer().mode() == ChannelOffer.Mode.SOCKET;
                if (connection && c.state() == State.OFFERED) {
                    c.handler().closed(c);
                }
                c.close();
                c.subChannels().clear();
                if (c.withdrawn() || connection) {
                    remove(c);
                } else {
                    c.setState(State.UNKNOWN);
                }
            }
        }
        gpadls.drop(g -> true);
    }
}
