package dev.hv.vmbus.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The life of a channel")
class ChannelLifeTest {

    private static final ChannelOffer OFFER = ChannelOffer.of(new Guid(1, 2), new Guid(3, 4), "echo", false);

    private final TestGuest guest = new TestGuest();
    private final EchoProvider provider = new EchoProvider();
    private Channel channel;
    private TestGuest.Offer offer;

    @BeforeEach
    void connect() {
        channel = guest.bus().offer(OFFER, provider);
        offer = guest.connect().getFirst();
    }

    private int open(int gpadl, int downstream) {
        guest.post(TestGuest.openMessage(offer.channel(), gpadl, 0, downstream, new byte[120]));
        return guest.expect(6).getInt(16);
    }

    // ---- opening -----------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("begins with the guest's data and processor, and can begin again after closing")
    void openAndClose() {
        byte[] data = new byte[120];
        data[0] = 7;
        data[119] = 9;
        GuestChannel open = guest.open(offer, 2, 5, data);
        assertThat(channel.open()).isTrue();
        assertThat(channel.openData()).isEqualTo(data);
        assertThat(channel.targetProcessor()).isEqualTo(5);
        open.close();
        assertThat(channel.open()).isFalse();
        guest.open(offer, 3);
        assertThat(provider.take()).containsExactly("opened 0", "closed 0", "opened 0");
    }

    @Test
    @DisplayName("does not begin without good rings")
    void badRings() {
        GuestPages pages = guest.partition().allocate(8);
        int gpadl = guest.describe(offer.channel(), pages);
        for (int downstream : new int[] {0, 1, 7, 8, 9, -1, Integer.MIN_VALUE}) {
            assertThat(open(gpadl, downstream)).isNegative();
        }
        assertThat(open(999, 4)).isNegative();
        pages.put32(4, 12);
        assertThat(open(gpadl, 4)).isNegative();
        pages.put32(4, 3 * 4096);
        assertThat(open(gpadl, 4)).isNegative();
        pages.put32(4, 0);
        guest.describe(offer.channel(), 77, pages.pfns(), 8, 7 * 4096);
        assertThat(open(77, 4)).isNegative();
        guest.describe(offer.channel(), 78, pages.pfns(), 0, 8 * 4096 - 8);
        assertThat(open(78, 4)).isNegative();
        assertThat(provider.take()).isEmpty();
        assertThat(open(gpadl, 4)).isZero();
    }

    @Test
    @DisplayName("does not begin twice")
    void openTwice() {
        GuestChannel open = guest.open(offer, 2);
        assertThat(open(open.gpadl(), 3)).isNegative();
        open.send(new byte[8], 1, true);
        assertThat(open.receive()).isNotNull();
    }

    @Test
    @DisplayName("does not begin when the provider refuses, with the provider's status")
    void refused() {
        provider.refuseWith = 0xC000_0017;
        int gpadl = guest.describe(offer.channel(), guest.partition().allocate(8));
        assertThat(open(gpadl, 4)).isEqualTo(0xC000_0017);
        assertThat(channel.open()).isFalse();
        provider.refuseWith = 0;
        assertThat(open(gpadl, 4)).isZero();
    }

    @Test
    @DisplayName("serves packets that lay in the ring before it was open")
    void early() {
        GuestChannel first = guest.open(offer, 2);
        guest.post(TestGuest.message(7, 12).putInt(8, offer.channel()));
        first.writeSilently(GuestChannel.packet(6, new byte[0], new byte[8], 4, false));
        first.signal();
        provider.take();
        assertThat(open(first.gpadl(), 3)).isZero();
        assertThat(provider.take()).containsExactly("opened 0", "IN_BAND 4 8");
    }

    // ---- interrupts --------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("signals where the guest wants it, and nowhere when it wants none")
    void modify() {
        GuestChannel open = guest.open(offer, 2);
        guest.post(TestGuest.message(22, 16).putInt(8, offer.channel()).putInt(12, 3));
        ByteBuffer r = guest.expect(24);
        assertThat(r.getInt(8)).isEqualTo(offer.channel());
        assertThat(r.getInt(12)).isZero();
        open.send(new byte[8], 1, true);
        open.receive();
        assertThat(open.takeSignals()).isZero();
        assertThat(guest.partition().takeSignals(3, 2, offer.channel())).isEqualTo(1);

        guest.post(TestGuest.message(22, 16).putInt(8, offer.channel()).putInt(12, -1));
        guest.expect(24);
        open.send(new byte[8], 2, true);
        assertThat(open.receive()).isNotNull();
        assertThat(guest.partition().anySignals()).isFalse();
    }

    @Test
    @DisplayName("changes processors without an answer before version 5.3")
    void modifyOld() {
        guest.unload();
        guest.connect(0x5_0002);
        guest.open(guest.requestOffers().getFirst(), 2);
        guest.post(TestGuest.message(22, 16).putInt(8, offer.channel()).putInt(12, 2));
        assertThat(guest.poll()).isNull();
        assertThat(channel.targetProcessor()).isEqualTo(2);
    }

    @Test
    @DisplayName("does not change processors while it is closed, and says so")
    void modifyClosed() {
        guest.open(offer, 2, 1, new byte[120]).close();
        guest.post(TestGuest.message(22, 16).putInt(8, offer.channel()).putInt(12, 2));
        assertThat(guest.expect(24).getInt(12)).isNegative();
        assertThat(channel.targetProcessor()).isEqualTo(1);
    }

    // ---- taking back ---------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("ends when the offer is taken back; its id is used again only when the guest has let go")
    void rescind() {
        guest.open(offer, 2);
        channel.rescind();
        assertThat(provider.take()).containsExactly("opened 0", "closed 0");
        assertThat(guest.expect(2).getInt(8)).isEqualTo(offer.channel());
        assertThat(guest.bus().channels()).isEmpty();

        guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(9, 9), "next", false), provider);
        assertThat(guest.expectOffer().channel()).isNotEqualTo(offer.channel());
        guest.post(TestGuest.message(13, 12).putInt(8, offer.channel()));
        assertThat(guest.partition().connected(offer.connection())).isFalse();
        guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(8, 8), "third", false), provider);
        assertThat(guest.expectOffer().channel()).isEqualTo(offer.channel());
    }

    @Test
    @DisplayName("still answers what the guest sent before it heard that the offer was taken back")
    void rescindRace() {
        GuestChannel open = guest.open(offer, 2);
        channel.rescind();
        provider.take();
        int id = offer.channel();

        open.writeSilently(GuestChannel.packet(6, new byte[0], new byte[8], 4, true));
        open.signal();
        guest.post(TestGuest.openMessage(id, open.gpadl(), 0, 3, new byte[120]));
        guest.post(TestGuest.message(22, 16).putInt(8, id));
        guest.post(TestGuest.message(7, 12).putInt(8, id));
        guest.post(TestGuest.message(8, 36).putInt(8, id).putInt(12, 5).putShort(16, (short) 16).putShort(18, (short) 1).putInt(20, 1));
        guest.post(TestGuest.message(11, 16).putInt(8, id).putInt(12, open.gpadl()));
        guest.expect(2);
        assertThat(guest.expect(6).getInt(16)).isNegative();
        assertThat(guest.expect(24).getInt(12)).isNegative();
        assertThat(guest.expect(10).getInt(16)).isNegative();
        assertThat(guest.expect(12).getInt(8)).isEqualTo(open.gpadl());
        guest.post(TestGuest.message(13, 12).putInt(8, id));
        guest.post(TestGuest.message(13, 12).putInt(8, id));
        guest.post(TestGuest.message(11, 16).putInt(8, id).putInt(12, open.gpadl()));
        guest.expect(12);
        assertThat(provider.take()).isEmpty();
    }

    @Test
    @DisplayName("ends without a word to the guest when it was never told")
    void rescindUnknown() {
        Channel other = new TestGuest().bus().offer(OFFER, provider);
        other.rescind();
        guest.unload();
        channel.rescind();
        channel.rescind();
        assertThat(guest.poll()).isNull();
        assertThat(guest.connect()).isEmpty();
    }

    @Test
    @DisplayName("does not end because the guest lets go of it while it is open")
    void releasedWhileOpen() {
        guest.open(offer, 2);
        guest.post(TestGuest.message(13, 12).putInt(8, offer.channel()));
        assertThat(channel.open()).isTrue();
    }

    @Test
    @DisplayName("is unknown to a guest that has let go of it, until it connects again")
    void releasedByItself() {
        int gpadl = guest.describe(offer.channel(), guest.partition().allocate(8));
        guest.post(TestGuest.message(13, 12).putInt(8, offer.channel()));
        guest.post(TestGuest.openMessage(offer.channel(), gpadl, 0, 4, new byte[120]));
        assertThat(guest.poll()).isNull();
        assertThat(provider.take()).isEmpty();
        assertThat(guest.bus().channels()).containsExactly(channel);

        guest.unload();
        guest.open(guest.connect().getFirst(), 2);
        assertThat(channel.open()).isTrue();
    }

    @Test
    @DisplayName("is offered to the next guest when the last one broke its ring")
    void brokenThenNext() {
        GuestChannel open = guest.open(offer, 2);
        open.outgoing().put32(0, 3);
        open.signal();
        guest.expectRescind(offer.channel());
        assertThat(guest.poll()).isNull();
        guest.unload();
        GuestChannel again = guest.open(guest.connect().getFirst(), 2);
        again.send(new byte[8], 9, true);
        assertThat(again.receive().transactionId()).isEqualTo(9);
        again.outgoing().put32(0, 3);
        again.signal();
        guest.unload();
        assertThat(guest.connect()).hasSize(1);
    }

    @Test
    @DisplayName("tells the provider of its end only after the provider's method that ended it")
    void rescindFromWithin() {
        List<String> log = new ArrayList<>();
        Channel other = guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(9, 9), "x", false), new EchoProvider() {
            @Override
            public void packetsAvailable(Channel c) {
                log.add("begin");
                c.rescind();
                log.add(c.open() || c.send(new byte[8], 0, 8, 0, false) || c.receive(new Packet()) ? "works" : "dead");
            }

            @Override
            public void closed(Channel c) {
                log.add("closed");
            }
        });
        GuestChannel open = guest.open(guest.expectOffer(), 2);
        open.send(new byte[8], 1, true);
        assertThat(log).containsExactly("begin", "dead", "closed");
        assertThat(other.open()).isFalse();
        guest.expectRescind(open.offer().channel());
    }

    // ---- sub-channels ----------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("has sub-channels with its own identity, that work alone and share its memory")
    void subChannels() {
        GuestChannel open = guest.open(offer, 2);
        int gpadl = open.describe(guest.partition().allocate(1));
        assertThat(channel.offerSubChannels(2, provider)).isEqualTo(2);
        List<TestGuest.Offer> subs = List.of(guest.expectOffer(), guest.expectOffer());

        for (int i = 0; i < 2; i++) {
            assertThat(subs.get(i).interfaceId()).isEqualTo(offer.interfaceId());
            assertThat(subs.get(i).instanceId()).isEqualTo(offer.instanceId());
            assertThat(subs.get(i).subChannel()).isEqualTo(i + 1);
            assertThat(subs.get(i).channel()).isNotEqualTo(offer.channel());
        }
        GuestChannel second = guest.open(subs.get(1), 2, 1, new byte[120]);
        second.send(new byte[16], 3, true);
        assertThat(second.receive().transactionId()).isEqualTo(3);
        assertThat(second.takeSignals()).isEqualTo(1);
        assertThat(open.receive()).isNull();
        assertThat(provider.take()).containsExactly("opened 0", "opened 2", "IN_BAND 3 16");
        for (Channel c : guest.bus().channels()) {
            assertThat(c.gpadl(gpadl).length()).isEqualTo(4096);
        }
    }

    @Test
    @DisplayName("takes its sub-channels back when it is closed or taken back, before itself")
    void subChannelsEnd() {
        GuestChannel open = guest.open(offer, 2);
        channel.offerSubChannels(2, provider);
        TestGuest.Offer one = guest.expectOffer();
        TestGuest.Offer two = guest.expectOffer();
        guest.open(one, 2);
        guest.post(TestGuest.message(7, 12).putInt(8, offer.channel()));
        guest.expectRescind(one.channel());
        guest.expectRescind(two.channel());
        assertThat(provider.take()).containsExactly("opened 0", "opened 1", "closed 0", "closed 1");

        assertThat(open(open.gpadl(), 3)).isZero();
        channel.offerSubChannels(1, provider);
        TestGuest.Offer again = guest.expectOffer();
        assertThat(again.subChannel()).isEqualTo(1);
        guest.open(again, 2);
        provider.take();
        channel.rescind();
        guest.expectRescind(again.channel());
        guest.expectRescind(offer.channel());
        assertThat(provider.take()).containsExactly("closed 1", "closed 0");
    }

    @Test
    @DisplayName("has no sub-channels for the next guest until it asks")
    void subChannelsUnload() {
        guest.open(offer, 2);
        channel.offerSubChannels(3, provider);
        guest.unload();
        assertThat(guest.connect()).hasSize(1);
        assertThat(guest.bus().channels()).containsExactly(channel);
    }

    @Test
    @DisplayName("has as many sub-channels as leave ids for devices, even when the guest never lets go of any")
    void subChannelsBounded() {
        GuestChannel open = guest.open(offer, 2);
        int offered = 0;
        for (int i = 0; i < 300; i++) {
            offered += channel.offerSubChannels(8, provider);
            guest.post(TestGuest.message(7, 12).putInt(8, offer.channel()));
            open(open, 3);
        }
        assertThat(offered).isEqualTo(1024);
        assertThat(guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(9, 9), "x", false), provider)).isNotNull();
    }

    private void open(GuestChannel channel, int downstream) {
        guest.post(TestGuest.openMessage(channel.offer().channel(), channel.gpadl(), 0, downstream, new byte[120]));
        while (guest.poll() != null) {
            // offers and rescinds are of no interest here
        }
    }
}
