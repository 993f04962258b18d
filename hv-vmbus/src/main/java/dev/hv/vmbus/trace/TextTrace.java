package dev.hv.vmbus.trace;

import dev.hv.core.machine.Clock;
import dev.hv.vmbus.channel.BusObserver;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.MessageText;
import dev.hv.vmbus.protocol.PacketText;
import dev.hv.vmbus.protocol.PayloadText;
import java.io.PrintWriter;
import java.util.Map;

/**
 * Writes everything that crosses a bus as text, a line each: seconds since power-on, the machine, the channel ({@code bus} for control
 * messages), {@code >} from the guest or {@code <} to it, and what it says. For {@link java.io.PrintWriter#checkError} look at the writer.
 */
public final class TextTrace implements BusObserver {

    private final PrintWriter out;
    private final Clock clock;
    private final String machine;
    private final Map<Guid, PayloadText> devices;

    /**
     * A trace of one machine's bus.
     *
     * @param out shared by the machines of a run; whoever made it closes it
     * @param devices who describes packets, by the interface of the channel
     */
    public TextTrace(PrintWriter out, Clock clock, String machine, Map<Guid, PayloadText> devices) {
        this.out = out;
        this.clock = clock;
        this.machine = machine;
        this.devices = devices;
    }

    private void line(String channel, boolean fromGuest, String what) {
        long now = clock.nanos();
        out.printf("%6d.%09d %s %s %c %s%n", now / Clock.SECOND, now % Clock.SECOND, machine, channel, fromGuest ? '>' : '<', what);
    }

    @Override
    public void message(boolean fromGuest, byte[] message, int length) {
        line("bus", fromGuest, MessageText.describe(message, length));
    }

    @Override
    public void packet(Channel channel, boolean fromGuest, byte[] ring, int length) {
        line(name(channel), fromGuest, PacketText.describe(fromGuest, ring, length, devices.get(channel.offer().interfaceId())));
    }

    @Override
    public void signal(Channel channel, boolean fromGuest) {
        line(name(channel), fromGuest, "signal");
    }

    /** Name of a channel: its offer's, and which sub-channel. */
    static String name(Channel channel) {
        return channel.subChannelIndex() == 0 ? channel.offer().name() : channel.offer().name() + ":" + channel.subChannelIndex();
    }
}
