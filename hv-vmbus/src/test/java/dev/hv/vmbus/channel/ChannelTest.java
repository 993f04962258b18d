package dev.hv.vmbus.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An open channel")
class ChannelTest {

    private static final ChannelOffer OFFER = ChannelOffer.of(Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"),
            Guid.of("00000000-0000-0000-0000-000000000001"), "echo", false);

    private final TestGuest guest = new TestGuest();
    private final EchoProvider provider = new EchoProvider();
    private Channel channel;
    private GuestChannel open;

    @BeforeEach
    void open() {
        channel = guest.bus().offer(OFFER, provider);
        open = guest.open(guest.connect().getFirst(), 4);
        provider.take();
    }

    @Test
    @DisplayName("carries a packet to the provider and its completion back, with one signal each way")
    void echo() {
        open.send(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 77, true);

        GuestPacket answer = open.receive();
        assertThat(answer.type()).isEqualTo(11);
        assertThat(answer.transactionId()).isEqualTo(77);
        assertThat(answer.payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(open.receive()).isNull();
        assertThat(open.takeSignals()).isEqualTo(1);
        assertThat(channel.statistics()).isEqualTo(new ChannelStatistics(1, 32, 1, 1, 32, 1));
    }

    @Test
    @DisplayName("gives the provider the memory that a GPA-direct packet names")
    void direct() {
        GuestPages memory = guest.partition().allocate(3);
        memory.put(4000, "crosses pages".getBytes());

        open.sendDirect(new byte[64], 5, memory, 100, 9000);

        byte[] read = new byte[13];
        GuestBuffer buffer = provider.buffers.getFirst();
        assertThat(buffer.length()).isEqualTo(9000);
        assertThat(buffer.read(3900, read, 0, 13)).isTrue();
        assertThat(new String(read)).isEqualTo("crosses pages");
        assertThat(buffer.write(8999, new byte[] {42}, 0, 1)).isTrue();
        assertThat(memory.bytes(9099, 1)).containsExactly(42);
        assertThat(buffer.read(8999, read, 0, 2)).isFalse();
    }

    @Test
    @DisplayName("needs few accesses of memory a packet, also when it names 256 pages")
    void accesses() {
        GuestPages memory = guest.partition().allocate(256);
        long before = guest.partition().accesses();
        open.sendDirect(new byte[64], 5, memory, 0, 1 << 20);
        // the provider looks again and finds nothing; the completion is written, published and its signal decided
        assertThat(guest.partition().accesses() - before).isLessThanOrEqualTo(10);
        assertThat(provider.buffers.getFirst().length()).isEqualTo(1 << 20);
    }

    @Test
    @DisplayName("carries packets of all lengths over the ring's end, both ways")
    void wraps() {
        for (int i = 0; i < 2000; i++) {
            byte[] payload = new byte[8 * (i % 97)];
            Arrays.fill(payload, (byte) i);
            open.send(payload, i, true);
            GuestPacket answer = open.receive();
            assertThat(answer.transactionId()).isEqualTo(i);
            assertThat(answer.payload()).isEqualTo(payload);
        }
        assertThat(channel.statistics().packetsIn()).isEqualTo(2000);
    }

    @Test
    @DisplayName("pads payloads to 8 bytes with zeros and sends transfer pages with their ranges")
    void transferPages() {
        channel.send(new byte[] {1, 2, 3}, 0, 3, 6, true);
        channel.sendTransferPages(0xBEEF, new int[] {100, 0, 200, 4096}, 2, new byte[] {9}, 0, 1, 8);

        GuestPacket first = open.receive();
        assertThat(first.type()).isEqualTo(6);
        assertThat(first.completionRequested()).isTrue();
        assertThat(first.payload()).containsExactly(1, 2, 3, 0, 0, 0, 0, 0);
        GuestPacket second = open.receive();
        assertThat(second.type()).isEqualTo(7);
        assertThat(second.transactionId()).isEqualTo(8);
        ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort((short) 0xBEEF).putShort((short) 0).putInt(2).putInt(100).putInt(0).putInt(200).putInt(4096);
        assertThat(second.header()).isEqualTo(header.array());
        assertThat(second.payload()).containsExactly(9, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    @DisplayName("refuses to send into a full ring and tells the provider when the guest has made room")
    void full() {
        byte[] large = new byte[4096];
        int sent = 0;
        while (channel.send(large, 0, large.length, sent, false)) {
            sent++;
        }
        assertThat(sent).isEqualTo(3);
        assertThat(channel.send(new byte[8], 0, 8, 50, false)).isTrue();
        assertThat(provider.take()).isEmpty();
        open.receive();
        assertThat(provider.take()).contains("space 0");
        assertThat(open.incoming().u32(12)).isZero();
        assertThat(channel.send(large, 0, large.length, 60, false)).isTrue();
        assertThat(open.receiveAll()).extracting(GuestPacket::transactionId).containsExactly(1L, 2L, 50L, 60L);
        assertThat(provider.take()).isEmpty();
    }

    @Test
    @DisplayName("signals the guest only when the ring was empty and its interrupts are not masked")
    void signals() {
        channel.send(new byte[8], 0, 8, 0, false);
        channel.send(new byte[8], 0, 8, 1, false);
        assertThat(open.takeSignals()).isEqualTo(1);
        open.receiveAll();
        open.incoming().put32(8, 1);
        channel.send(new byte[8], 0, 8, 2, false);
        assertThat(open.takeSignals()).isZero();
    }

    /** What a guest can do to its ring. */
    private interface Harm {
        void to(GuestChannel channel);
    }

    @Test
    @DisplayName("is taken back when the guest breaks its rings, and the provider sees nothing of it but the end")
    void broken() {
        Map<String, Harm> harms = new TreeMap<>();
        for (int index : new int[] {4, 4 * 4096, -8, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            harms.put("write index " + index, c -> c.outgoing().put32(0, index));
        }
        harms.put("half a packet", c -> c.outgoing().put32(0, 8));
        for (int length : new int[] {0, 1, 4, 5, 0xFFFF}) {
            harms.put("length " + length, c -> {
                byte[] p = GuestChannel.packet(6, new byte[0], new byte[8], 1, true);
                p[4] = (byte) length;
                p[5] = (byte) (length >>> 8);
                c.writeSilently(p);
            });
        }
        for (int offset : new int[] {0, 1, 4, 0xFFFF}) {
            harms.put("payload offset " + offset, c -> {
                byte[] p = GuestChannel.packet(6, new byte[0], new byte[8], 1, true);
                p[2] = (byte) offset;
                p[3] = (byte) (offset >>> 8);
                c.writeSilently(p);
            });
        }
        for (int type : new int[] {0, 7, 8, 10, 12, 0x1006}) {
            harms.put("type " + type, c -> c.writeSilently(GuestChannel.packet(type, new byte[0], new byte[8], 1, true)));
        }
        for (int[] header : new int[][] {{}, {0, 1}, {0, -1}, {0, 2, 0, 0}, {0, 1, 1, 0}, {0, 1, 4096, 4096, 0, 0},
            {0, 1, 4096, 1, 0, 0}, {0, 1, -1, 0, 0, 0}, {0, Integer.MAX_VALUE, 0, 0}}) {
            harms.put("ranges " + Arrays.toString(header), c -> {
                ByteBuffer b = ByteBuffer.allocate(header.length * 4 + 7 & ~7).order(ByteOrder.LITTLE_ENDIAN);
                for (int v : header) {
                    b.putInt(v);
                }
                c.writeSilently(GuestChannel.packet(9, b.array(), new byte[8], 1, true));
            });
        }
        harms.put("read index", c -> {
            c.incoming().put32(4, 3);
            c.writeSilently(GuestChannel.packet(6, new byte[0], new byte[16384 - 100], 1, true));
        });
        harms.forEach((name, harm) -> {
            var g = new TestGuest();
            var p = new EchoProvider() {
                @Override
                public void packetsAvailable(Channel c) {
                    super.packetsAvailable(c);
                    // a provider that goes on regardless
                    c.complete(1, new byte[8192], 0, 8192);
                    c.complete(1, new byte[8192], 0, 8192);
                }
            };
            Channel host = g.bus().offer(OFFER, p);
            GuestChannel c = g.open(g.connect().getFirst(), 4);
            p.take();
            harm.to(c);
            c.signal();
            assertThat(p.take()).as(name).endsWith("closed 0").hasSizeLessThanOrEqualTo(2);
            assertThat(host.open()).as(name).isFalse();
            g.expectRescind(c.offer().channel());
            c.signal();
            assertThat(p.take()).as(name).isEmpty();
        });
    }

    @Test
    @DisplayName("names pages that are not there without harm: reading them fails")
    void absentPages() {
        for (long pfn : new long[] {4096, 1L << 40, 1L << 52, -1}) {
            byte[] header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putInt(0).putInt(1).putInt(4096).putInt(0).putLong(pfn)
                    .array();
            open.write(GuestChannel.packet(9, header, new byte[8], 1, true));
            GuestBuffer buffer = provider.buffers.removeFirst();
            assertThat(buffer.read(0, new byte[1], 0, 1)).isFalse();
            assertThat(buffer.write(0, new byte[1], 0, 1)).isFalse();
        }
        assertThat(channel.open()).isTrue();
    }
}
