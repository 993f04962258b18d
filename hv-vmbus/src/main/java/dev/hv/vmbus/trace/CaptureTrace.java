package dev.hv.vmbus.trace;

import dev.hv.core.machine.Clock;
import dev.hv.vmbus.channel.BusObserver;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.MessageText;
import dev.hv.vmbus.protocol.PacketText;
import dev.hv.vmbus.protocol.PayloadText;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes everything that crosses a bus into a capture: an interface for control messages and one for each channel, link type USER0, the
 * bytes as they stood in message or ring, and their meaning as comment. Signals carry no bytes and are left out.
 */
public final class CaptureTrace implements BusObserver {

    private final PcapNgWriter out;
    private final Clock clock;
    private final String machine;
    private final Map<Guid, PayloadText> devices;
    private final Map<String, Integer> interfaces = new HashMap<>();

    /**
     * A trace of one machine's bus.
     *
     * @param out shared by the machines of a run
     * @param devices who describes packets, by the interface of the channel
     */
    public CaptureTrace(PcapNgWriter out, Clock clock, String machine, Map<Guid, PayloadText> devices) {
        this.out = out;
        this.clock = clock;
        this.machine = machine;
        this.devices = devices;
    }

    private void write(String channel, boolean fromGuest, byte[] bytes, int length, String what) {
        int on = interfaces.computeIfAbsent(channel, c -> out.addInterface(PcapNgWriter.USER0, machine + "/" + c));
        out.packet(on, clock.bootEpochSeconds() * Clock.SECOND + clock.nanos(), fromGuest, bytes, 0, length, what);
    }

    @Override
    public void message(boolean fromGuest, byte[] message, int length) {
        write("bus", fromGuest, message, length, MessageText.describe(message, length));
    }

    @Override
    public void packet(Channel channel, boolean fromGuest, byte[] ring, int length) {
        write(TextTrace.name(channel), fromGuest, ring, length, PacketText.describe(fromGuest, ring, length, devices.get(channel.offer().interfaceId())));
    }

    @Override
    public void signal(Channel channel, boolean fromGuest) {}
}
