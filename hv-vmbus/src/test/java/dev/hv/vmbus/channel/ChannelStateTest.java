package dev.hv.vmbus.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.MovedPartition;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.guest.TestPartition;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The state of a bus")
class ChannelStateTest {

    private static final ChannelOffer OFFER = ChannelOffer.of(new Guid(1, 2), new Guid(3, 4), "echo", false);

    @Test
    @DisplayName("goes on in another bus: connection, memory, rings, sub-channels, waiting messages")
    void restore() {
        var guest = new TestGuest();
        Channel channel = guest.bus().offer(OFFER, new EchoProvider());
        GuestChannel open = guest.open(guest.connect().getFirst(), 2);
        int gpadl = open.describe(guest.partition().allocate(2));
        channel.offerSubChannels(1, new EchoProvider());
        GuestChannel sub = guest.open(guest.expectOffer(), 2, 1, new byte[120]);
        open.send(new byte[24], 1, true);
        open.receive();
        sub.send(new byte[24], 2, true);
        open.describe(guest.partition().allocate(1));
        guest.partition().refuseMessages(true);
        guest.post(TestGuest.message(22, 16).putInt(8, open.offer().channel()).putInt(12, 3));

        var partition = new MovedPartition(guest.partition());
        var provider = new EchoProvider();
        var clock = new TestClock();
        var bus = new Vmbus(partition, clock);
        Channel restored = bus.offer(OFFER, provider);
        RecordedState.copy(guest.bus(), bus);
        guest.partition().refuseMessages(false);

        assertThat(bus.version()).isEqualTo(TestGuest.NEWEST);
        assertThat(restored.statistics()).isEqualTo(channel.statistics());
        assertThat(restored.gpadl(gpadl).length()).isEqualTo(8192);
        clock.advance(10_000_000_000L);
        assertThat(guest.expect(24).getInt(12)).isZero();
        open.writeSilently(GuestChannel.packet(6, new byte[0], new byte[24], 5, true));
        partition.signal(open.offer().connection());
        assertThat(open.receive().transactionId()).isEqualTo(5);
        sub.writeSilently(GuestChannel.packet(6, new byte[0], new byte[24], 6, true));
        partition.signal(sub.offer().connection());
        assertThat(sub.receive().transactionId()).isEqualTo(2);
        assertThat(sub.receive().transactionId()).isEqualTo(6);
        assertThat(provider.take()).containsExactly("IN_BAND 5 24", "IN_BAND 6 24");
    }

    @Test
    @DisplayName("includes how long a guest that does not take its messages is left alone")
    void backOff() {
        var guest = new TestGuest();
        guest.bus().offer(OFFER, new EchoProvider());
        guest.connect();
        guest.partition().refuseMessages(true);
        guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(3, 5), "echo", false), new EchoProvider());
        guest.clock().advance(10_000_000_000L);

        var partition = new MovedPartition(guest.partition());
        var clock = new TestClock();
        clock.advance(guest.clock().nanos());
        var bus = new Vmbus(partition, clock);
        bus.offer(OFFER, new EchoProvider());
        bus.offer(ChannelOffer.of(new Guid(1, 2), new Guid(3, 5), "echo", false), new EchoProvider());
        RecordedState.copy(guest.bus(), bus);
        clock.advance(3_000_000_000L);
        assertThat(partition.posts()).as("once a second").isEqualTo(3);
    }

    @Test
    @DisplayName("is refused by a bus that has other offers")
    void otherOffers() {
        var guest = new TestGuest();
        guest.bus().offer(OFFER, new EchoProvider());
        assertThatThrownBy(() -> RecordedState.copy(guest.bus(), new TestGuest().bus())).isInstanceOf(StateFormatException.class);
    }
}
