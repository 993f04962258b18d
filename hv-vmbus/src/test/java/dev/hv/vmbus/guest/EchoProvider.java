package dev.hv.vmbus.guest;

import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.ring.Packet;
import java.util.ArrayList;
import java.util.List;

/** A provider for tests: completes every packet with its own payload and writes down what happened to it. */
public class EchoProvider implements ChannelHandler {

    /** What happened, in order. */
    public final List<String> events = new ArrayList<>();
    /** Ranges of guest memory that came with packets. */
    public final List<GuestBuffer> buffers = new ArrayList<>();
    /** What {@link #opened} answers. */
    public int refuseWith;
    private final Packet packet = new Packet();

    @Override
    public int opened(Channel channel) {
        events.add("opened " + channel.subChannelIndex());
        return refuseWith;
    }

    @Override
    public void packetsAvailable(Channel channel) {
        while (channel.receive(packet)) {
            events.add(packet.type() + " " + packet.transactionId() + " " + packet.length());
            buffers.addAll(packet.buffers());
            if (packet.completionRequested()) {
                channel.complete(packet.transactionId(), packet.payload(), 0, packet.length());
            }
        }
    }

    @Override
    public void spaceAvailable(Channel channel) {
        events.add("space " + channel.subChannelIndex());
    }

    @Override
    public void closed(Channel channel) {
        events.add("closed " + channel.subChannelIndex());
    }

    /** What happened since this was asked last. */
    public List<String> take() {
        List<String> all = List.copyOf(events);
        events.clear();
        return all;
    }
}
