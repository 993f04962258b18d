package dev.hv.vmbus;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.VmbusPorts;
import dev.hv.vmbus.ring.Packet;
import dev.hv.vmbus.trace.TextTrace;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.util.Map;

/** A guest that sends anything: no exception leaves the bus, handlers are told of opening and closing in turn and never from within one another. */
class BusFuzzTest {

    private static final ChannelOffer OFFER = ChannelOffer.of(new Guid(1, 2), new Guid(3, 4), "echo", false);
    private static final int MOST_ACTIONS = 60;
    private static final int PAGES = 64;

    /** Echoes, uses what it is given, asks for sub-channels, sometimes takes itself back, for good or to come again; holds the rules of handlers. */
    private static final class Provider implements ChannelHandler {
        private final Packet packet = new Packet();
        private final Vmbus bus;
        private boolean inside;
        private final boolean[] open = new boolean[VmbusPorts.MOST_CHANNELS];

        Provider(Vmbus bus) {
            this.bus = bus;
        }

        private void enter() {
            assertThat(inside).as("called from within").isFalse();
            inside = true;
        }

        @Override
        public int opened(Channel channel) {
            enter();
            assertThat(open[channel.id()]).isFalse();
            boolean refuse = channel.openData()[0] == 1;
            open[channel.id()] = !refuse;
            channel.send(new byte[32], 0, 32, 1, true);
            inside = false;
            return refuse ? 0xC000_0001 : 0;
        }

        @Override
        public void packetsAvailable(Channel channel) {
            enter();
            assertThat(open[channel.id()]).isTrue();
            while (channel.receive(packet)) {
                for (GuestBuffer b : packet.buffers()) {
                    byte[] some = new byte[(int) Math.min(b.length(), 10_000)];
                    b.read(0, some, 0, some.length);
                    b.write(b.length() - some.length, some, 0, some.length);
                }
                channel.complete(packet.transactionId(), packet.payload(), 0, packet.length());
                if (packet.length() > 0 && packet.payload()[0] == 7) {
                    channel.rescind();
                } else if (packet.length() > 0 && packet.payload()[0] == 9 && channel.subChannelIndex() == 0) {
                    channel.rescind();
                    bus.offer(channel.offer(), this);
                } else if (packet.length() > 0 && packet.payload()[0] == 8 && channel.subChannelIndex() == 0) {
                    channel.offerSubChannels(3, this);
                }
            }
            inside = false;
        }

        @Override
        public void spaceAvailable(Channel channel) {
            enter();
            assertThat(open[channel.id()]).isTrue();
            channel.send(new byte[1000], 0, 1000, 1, true);
            inside = false;
        }

        @Override
        public void closed(Channel channel) {
            enter();
            assertThat(open[channel.id()]).isTrue();
            assertThat(channel.open()).isFalse();
            open[channel.id()] = false;
            inside = false;
        }
    }

    @FuzzTest
    void nothingThatAGuestSendsHarms(FuzzedDataProvider data) {
        var guest = new TestGuest(PAGES);
        guest.bus().observe(new TextTrace(new PrintWriter(Writer.nullWriter()), guest.clock(), "vm", Map.of()));
        var provider = new Provider(guest.bus());
        guest.bus().offer(OFFER, provider);
        guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(5, 6), "pipe", true), provider);
        TestGuest.Offer offer = guest.connect().getFirst();
        GuestChannel channel = guest.open(offer, 2);
        GuestPages[] memory = {channel.outgoing(), channel.incoming()};
        for (int i = 0; i < MOST_ACTIONS && data.remainingBytes() > 0; i++) {
            act(guest, channel, memory[data.consumeInt(0, 1)], data);
        }
        guest.bus().reset();
        for (boolean open : provider.open) {
            assertThat(open).isFalse();
        }
    }

    private static void act(TestGuest guest, GuestChannel channel, GuestPages ring, FuzzedDataProvider data) {
        switch (data.consumeInt(0, 7)) {
            case 0 -> guest.partition().post(data.consumeBoolean() ? 4 : 1, data.consumeBytes(data.consumeInt(0, 240)));
            case 1, 2 -> guest.partition().post(4, message(data, channel));
            case 3 -> guest.partition().signal(data.consumeInt(0, 8) | 2 << 12);
            case 4 -> ring.put32(4 * data.consumeInt(0, 16), data.consumeBoolean() ? 8 * data.consumeInt(0, 1024) : data.consumeInt());
            case 5 -> ring.put(data.consumeInt(0, 2 * 4096), data.consumeBytes(data.consumeInt(0, 200)));
            case 6 -> {
                byte[] packet = GuestChannel.packet(data.consumeInt(0, 12), data.consumeBytes(8 * data.consumeInt(0, 8)),
                        data.consumeBytes(data.consumeInt(0, 64)), data.consumeLong(), data.consumeBoolean());
                if (channel.sound() && channel.writeSilently(packet)) {
                    channel.signal();
                }
            }
            default -> {
                guest.partition().refuseMessages(data.consumeInt(0, 3) == 0);
                guest.clock().advance(data.consumeInt(0, 10_000_000));
            }
        }
    }

    /** A message of a known type and sound length, with small numbers that may name something. */
    private static byte[] message(FuzzedDataProvider data, GuestChannel channel) {
        int type = data.consumeInt(1, 29);
        ByteBuffer m = TestGuest.message(type, 240);
        for (int at = 8; at < 40; at += 4) {
            m.putInt(at, switch (data.consumeInt(0, 4)) {
                case 0 -> channel.gpadl();
                case 1 -> data.consumeInt();
                default -> data.consumeInt(0, 5);
            });
        }
        if (type == 14) {
            m.putInt(8, data.consumeBoolean() ? TestGuest.NEWEST : data.consumeInt(0, 7) << 16 | data.consumeInt(0, 4)).putLong(16, 2);
        }
        return m.array();
    }
}
