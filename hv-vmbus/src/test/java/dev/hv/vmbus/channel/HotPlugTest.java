package dev.hv.vmbus.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Devices that come and go")
class HotPlugTest {

    private static final ChannelOffer DISK = ChannelOffer.of(new Guid(1, 2), new Guid(3, 4), "disk", false);
    private static final ChannelOffer OTHER = ChannelOffer.of(new Guid(1, 2), new Guid(3, 5), "other", false);

    private final TestGuest guest = new TestGuest();
    private final EchoProvider provider = new EchoProvider();

    private void release(int channel) {
        guest.post(TestGuest.message(13, 12).putInt(8, channel));
    }

    @Test
    @DisplayName("are offered anew only when the guest has let go of the old channel: it takes the new one for it otherwise")
    void reoffer() {
        Channel old = guest.bus().offer(DISK, provider);
        TestGuest.Offer offer = guest.connect().getFirst();
        GuestChannel open = guest.open(offer, 2);
        old.rescind();
        Channel next = guest.bus().offer(DISK, provider);
        guest.bus().offer(OTHER, provider);
        assertThat(guest.expect(2).getInt(8)).isEqualTo(offer.channel());
        assertThat(guest.expectOffer().instanceId()).as("another device comes at once").isEqualTo(OTHER.instanceId());
        assertThat(guest.poll()).isNull();

        guest.tearDown(offer.channel(), open.gpadl());
        release(offer.channel());
        TestGuest.Offer again = guest.expectOffer();
        assertThat(again.instanceId()).isEqualTo(DISK.instanceId());
        assertThat(again.channel()).isEqualTo(next.id()).isNotEqualTo(offer.channel());
        guest.open(again, 2).send(new byte[8], 5, true);
        assertThat(provider.take()).containsExactly("opened 0", "closed 0", "opened 0", "IN_BAND 5 8");
        assertThat(guest.poll()).isNull();
    }

    @Test
    @DisplayName("that go before the guest has let go of their last channel are never offered")
    void goneWhileWaiting() {
        guest.bus().offer(DISK, provider).rescind();
        guest.connect();
        Channel first = guest.bus().offer(DISK, provider);
        int channel = guest.expectOffer().channel();
        first.rescind();
        guest.bus().offer(DISK, provider).rescind();
        guest.expectRescind(channel);
        assertThat(guest.poll()).isNull();
        assertThat(guest.bus().channels()).isEmpty();
    }

    @Test
    @DisplayName("and that a guest has not let go of are offered to the next guest")
    void nextGuest() {
        Channel old = guest.bus().offer(DISK, provider);
        guest.connect();
        old.rescind();
        Channel next = guest.bus().offer(DISK, provider);
        guest.expect(2);
        assertThat(guest.connect()).extracting(TestGuest.Offer::channel).containsExactly(next.id());
    }

    @Test
    @DisplayName("and that come between the contact and the request for offers are offered once")
    void betweenContactAndRequest() {
        Channel early = guest.bus().offer(DISK, provider);
        guest.connect(TestGuest.NEWEST);
        early.rescind();
        Channel next = guest.bus().offer(DISK, provider);
        assertThat(guest.poll()).isNull();
        assertThat(guest.requestOffers()).extracting(TestGuest.Offer::channel).containsExactly(next.id());
        assertThat(guest.poll()).isNull();
    }

    @Test
    @DisplayName("take their sub-channels along, in whatever order the guest closes and lets go of them")
    void subChannelOrders() {
        guest.connect();
        for (List<Integer> order : List.of(List.of(0, 1, 2), List.of(2, 1, 0), List.of(1, 0, 2))) {
            Channel channel = guest.bus().offer(DISK, provider);
            TestGuest.Offer primary = guest.expectOffer();
            GuestChannel[] open = {guest.open(primary, 2), null, null};
            channel.offerSubChannels(2, provider);
            List<TestGuest.Offer> subs = List.of(guest.expectOffer(), guest.expectOffer());
            open[1] = guest.open(subs.get(0), 2);
            open[2] = guest.open(subs.get(1), 2);
            provider.take();
            channel.rescind();
            assertThat(provider.take()).containsExactly("closed 1", "closed 2", "closed 0");
            for (int i : new int[] {1, 2, 0}) {
                assertThat(guest.expect(2).getInt(8)).isEqualTo(open[i].offer().channel());
            }
            for (int i : order) {
                int id = open[i].offer().channel();
                guest.post(TestGuest.message(7, 12).putInt(8, id));
                guest.tearDown(id, open[i].gpadl());
                release(id);
                assertThat(guest.partition().connected(open[i].offer().connection())).isFalse();
            }
            assertThat(guest.poll()).isNull();
            assertThat(provider.take()).isEmpty();
            assertThat(guest.bus().channels()).isEmpty();
        }
    }

    @Test
    @DisplayName("keep their sub-channels when the guest closes one of them alone, and it can be opened again")
    void oneSubChannelAlone() {
        Channel channel = guest.bus().offer(DISK, provider);
        GuestChannel primary = guest.open(guest.connect().getFirst(), 2);
        channel.offerSubChannels(2, provider);
        TestGuest.Offer one = guest.expectOffer();
        GuestChannel two = guest.open(guest.expectOffer(), 2);
        guest.open(one, 2).close();
        two.send(new byte[8], 1, true);
        assertThat(two.receive().transactionId()).isEqualTo(1);
        GuestChannel again = guest.open(one, 2);
        again.send(new byte[8], 2, true);
        primary.send(new byte[8], 3, true);
        assertThat(again.receive().transactionId()).isEqualTo(2);
        assertThat(primary.receive().transactionId()).isEqualTo(3);
    }

    @Test
    @DisplayName("have new sub-channels while the guest still knows old ones, under other ids")
    void newSubChannels() {
        Channel channel = guest.bus().offer(DISK, provider);
        GuestChannel primary = guest.open(guest.connect().getFirst(), 2);
        channel.offerSubChannels(1, provider);
        TestGuest.Offer old = guest.expectOffer();
        guest.post(TestGuest.message(7, 12).putInt(8, primary.offer().channel()));
        assertThat(guest.expect(2).getInt(8)).isEqualTo(old.channel());
        guest.open(primary.offer(), 2);
        channel.offerSubChannels(1, provider);
        TestGuest.Offer next = guest.expectOffer();
        assertThat(next.subChannel()).isEqualTo(1);
        assertThat(next.channel()).isNotEqualTo(old.channel());
        release(old.channel());
        guest.open(next, 2).send(new byte[8], 9, true);
        assertThat(provider.take()).containsExactly("opened 0", "closed 0", "opened 0", "opened 1", "IN_BAND 9 8");
    }
}
