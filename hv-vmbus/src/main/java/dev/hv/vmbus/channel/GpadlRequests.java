package dev.hv.vmbus.channel;

import static dev.hv.vmbus.protocol.VmbusMessages.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.Gpadl;
import dev.hv.vmbus.memory.Gpadls;
import dev.hv.vmbus.protocol.GuestWarnings;
import dev.hv.vmbus.protocol.HostMessages;
import dev.hv.vmbus.protocol.NtStatus;

/** The guest's messages about memory that it describes for a channel. Their sizes are checked already. */
public final class GpadlRequests {

    private final ChannelTable channels;
    private final Gpadls gpadls;
    private final HostMessages messages;
    private final GuestWarnings warnings;

    /** Requests of one guest. */
    public GpadlRequests(ChannelTable channels, Gpadls gpadls, HostMessages messages, GuestWarnings warnings) {
        this.channels = channels;
        this.gpadls = gpadls;
        this.messages = messages;
        this.warnings = warnings;
    }

    /** The first message about a GPADL. */
    public void header(byte[] m) {
        int id = LittleEndian.u32(m, GPADL_ID);
        int channel = LittleEndian.u32(m, CHANNEL);
        ServerChannel c = channels.get(channel);
        boolean offered = c != null && (c.state() == ServerChannel.State.OFFERED || c.state() == ServerChannel.State.OPEN);
        Gpadl g = offered ? gpadls.begin(id, channel, LittleEndian.u16(m, GPADL_RANGES), LittleEndian.u16(m, GPADL_BYTES)) : null;
        if (g == null) {
            warnings.say("GPADL {} of channel {} is refused", id, channel);
            messages.gpadlCreated(channel, id, NtStatus.UNSUCCESSFUL);
            return;
        }
        g.add(m, GPADL_DATA, m.length - GPADL_DATA);
        finish(g);
    }

    /** A further message about a GPADL. */
    public void body(byte[] m) {
        Gpadl g = gpadls.get(LittleEndian.u32(m, GPADL_ID));
        if (g == null || g.complete()) {
            warnings.say("GPADL body for {}, which does not wait for one", LittleEndian.u32(m, GPADL_ID));
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
            warnings.say("GPADL {} of channel {} is malformed or names pages that are not there", g.id(), g.channel());
        }
        messages.gpadlCreated(g.channel(), g.id(), ok ? NtStatus.SUCCESS : NtStatus.INVALID_PARAMETER);
    }

    /** Forgets a GPADL. It is answered whatever there is, also when the channel was taken back meanwhile: the guest waits for it. */
    public void tearDown(byte[] m) {
        int id = LittleEndian.u32(m, GPADL_ID);
        Gpadl g = gpadls.get(id);
        if (g != null && g.channel() != LittleEndian.u32(m, CHANNEL)) {
            warnings.say("GPADL {} is not of channel {}", id, LittleEndian.u32(m, CHANNEL));
            return;
        }
        if (g != null) {
            ServerChannel c = channels.get(g.channel());
            if (c != null && c.state() == ServerChannel.State.OPEN && c.ringGpadl() == id) {
                warnings.say("channel {} loses the memory of its rings while it is open", c.id());
                c.close();
            }
            gpadls.drop(x -> x == g);
        }
        messages.gpadlTorndown(id);
    }
}
