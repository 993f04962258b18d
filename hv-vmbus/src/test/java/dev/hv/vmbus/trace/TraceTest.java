package dev.hv.vmbus.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.MessageText;
import dev.hv.vmbus.protocol.PacketText;
import dev.hv.vmbus.protocol.PayloadText;
import dev.hv.vmbus.ring.Packet;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A trace of a bus")
class TraceTest {

    private static final Guid KIND = Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f");
    private static final PayloadText DEVICE = (fromGuest, payload, length, completion, out) -> out.append(completion ? "answer " : "request ")
            .append(payload[0]).append(" of ").append(length);

    private final TestGuest guest = new TestGuest();

    /** Connects, sends a packet that is answered, and goes. */
    private void session() {
        guest.bus().offer(ChannelOffer.of(KIND, Guid.of("00112233-4455-6677-8899-aabbccddeeff"), "scsi0", false), new ChannelHandler() {
            @Override
            public int opened(Channel channel) {
                return 0;
            }

            @Override
            public void packetsAvailable(Channel channel) {
                var packet = new Packet();
                while (channel.receive(packet)) {
                    channel.complete(packet.transactionId(), packet.payload(), 0, packet.length());
                }
            }

            @Override
            public void closed(Channel channel) {}
        });
        GuestChannel channel = guest.open(guest.connect().getFirst(), 1);
        guest.clock().advance(1_500_000_000);
        channel.send(new byte[] {42}, 0xAB, true);
        channel.close();
        guest.unload();
    }

    @Test
    @DisplayName("as text names every message, packet and signal in order, with the time")
    void text() {
        var text = new StringWriter();
        guest.bus().observe(new TextTrace(new PrintWriter(text), guest.clock(), "vm1", Map.of(KIND, DEVICE)));
        session();

        assertThat(text.toString().lines()).containsExactly(
                "     0.000000000 vm1 bus > InitiateContact version 5.3 vp 0",
                "     0.000000000 vm1 bus < VersionResponse supported connection 4",
                "     0.000000000 vm1 bus > RequestOffers",
                "     0.000000000 vm1 bus < OfferChannel channel 1 sub-channel 0 connection 8193"
                        + " interface ba6163d9-04a1-4d29-b605-72e2ffb1dc7f instance 00112233-4455-6677-8899-aabbccddeeff",
                "     0.000000000 vm1 bus < AllOffersDelivered",
                "     0.000000000 vm1 bus > GpadlHeader channel 1 gpadl 925200 bytes 40 ranges 1",
                "     0.000000000 vm1 bus < GpadlCreated channel 1 gpadl 925200 status 0x00000000",
                "     0.000000000 vm1 bus > OpenChannel channel 1 open 1 gpadl 925200 vp 0 downstream page 2",
                "     0.000000000 vm1 bus < OpenChannelResult channel 1 open 1 status 0x00000000",
                "     1.500000000 vm1 scsi0 > signal",
                "     1.500000000 vm1 scsi0 > in-band transaction 0xab, answer wanted; request 42 of 8",
                "     1.500000000 vm1 scsi0 < completion transaction 0xab; answer 42 of 8",
                "     1.500000000 vm1 scsi0 < signal",
                "     1.500000000 vm1 bus > CloseChannel channel 1",
                "     1.500000000 vm1 bus > GpadlTeardown channel 1 gpadl 925200",
                "     1.500000000 vm1 bus < GpadlTorndown gpadl 925200",
                "     1.500000000 vm1 bus > Unload",
                "     1.500000000 vm1 bus < UnloadResponse");
    }

    @Test
    @DisplayName("as capture has an interface for messages and one a channel, and the packets' bytes with their meaning")
    void capture() {
        var bytes = new ByteArrayOutputStream();
        guest.bus().observe(new CaptureTrace(new PcapNgWriter(bytes), guest.clock(), "vm1", Map.of(KIND, DEVICE)));
        session();

        ByteBuffer b = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        List<String> blocks = new ArrayList<>();
        while (b.hasRemaining()) {
            int type = b.getInt();
            int length = b.getInt();
            byte[] body = new byte[length - 12];
            b.get(body);
            assertThat(b.getInt()).isEqualTo(length);
            ByteBuffer p = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
            blocks.add(switch (type) {
                case 1 -> "interface " + p.getShort(0) + " " + new String(body, 12, p.getShort(10));
                case 6 -> "on " + p.getInt(0) + " " + p.getInt(16) + " bytes, first " + p.get(20);
                default -> "section";
            });
        }
        assertThat(blocks).containsExactly("section", "interface 147 vm1/bus", "on 0 40 bytes, first 14", "on 0 16 bytes, first 15",
                "on 0 8 bytes, first 3", "on 0 196 bytes, first 1", "on 0 8 bytes, first 4", "on 0 60 bytes, first 8", "on 0 20 bytes, first 10",
                "on 0 148 bytes, first 5", "on 0 20 bytes, first 6", "interface 147 vm1/scsi0", "on 1 24 bytes, first 6",
                "on 1 24 bytes, first 11", "on 0 12 bytes, first 7", "on 0 16 bytes, first 11", "on 0 12 bytes, first 12",
                "on 0 8 bytes, first 16", "on 0 8 bytes, first 17");
    }

    @Test
    @DisplayName("says something of everything, however short or malformed")
    void anything() {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (bytes.length > 8) {
                bytes[0] = (byte) random.nextInt(30);
                bytes[1] = bytes[3] = bytes[5] = 0;
                if (random.nextBoolean()) {
                    bytes[2] = (byte) random.nextInt(8);
                    bytes[4] = (byte) random.nextInt(8);
                }
            }
            assertThat(MessageText.describe(bytes, bytes.length)).isNotEmpty();
            assertThat(PacketText.describe(true, bytes, bytes.length, null)).isNotEmpty();
        }
    }
}
