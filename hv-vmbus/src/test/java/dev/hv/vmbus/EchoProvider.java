package dev.hv.vmbus;

import java.util.ArrayList;
import java.util.List;

/** A provider for tests: completes every packet with its own payload and writes down what happened to it. */
class EchoProvider implements ChannelHandler {

    final List<String> events = new ArrayList<>();
    final List<GuestBuffer> buffers = new ArrayList<>();
    private final Packet packet = new Packet();
    int refuseWith;

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
    List<String> take() {
        List<String> all = List.copyOf(events);
        events.clear();
        return all;
    }
}
