package dev.hv.vmbus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
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
}
