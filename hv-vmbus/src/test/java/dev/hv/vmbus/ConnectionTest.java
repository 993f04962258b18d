package dev.hv.vmbus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaRequester;
import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.guest.TestPartition;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The connection of a guest to the bus")
class ConnectionTest {

    private static final Guid KIND = Guid.of("f8615163-df3e-46c5-913f-f2d2f965ed0e");

    private final TestGuest guest = new TestGuest();
    private final EchoProvider provider = new EchoProvider();

    private static ChannelOffer offer(int number) {
        return ChannelOffer.of(KIND, new Guid(number, 0), "echo" + number, false);
    }

    @ParameterizedTest
    @DisplayName("works in every version from 2.4 to 6.0")
    @ValueSource(ints = {0x2_0004, 0x3_0000, 0x4_0000, 0x4_0001, 0x5_0000, 0x5_0001, 0x5_0002, 0x5_0003, 0x6_0000})
    void versions(int version) {
        guest.bus().offer(offer(1), provider);

        assertThat(guest.connect(version)).isTrue();
        assertThat(guest.bus().version()).isEqualTo(version);
        GuestChannel channel = guest.open(guest.requestOffers().getFirst(), 2);
        channel.send(new byte[8], 9, true);
        assertThat(channel.receive().transactionId()).isEqualTo(9);
        channel.close();
        guest.unload();
        assertThat(provider.take()).containsExactly("opened 0", "IN_BAND 9 8", "closed 0");
        assertThat(guest.bus().version()).isZero();
    }

    @ParameterizedTest
    @DisplayName("is refused in versions that are too old or unknown, and the guest may try another")
    @ValueSource(ints = {0x0_000D, 0x1_0001, 0x5_0004, 0x6_0001, 0x7_0000})
    void unsupported(int version) {
        assertThat(guest.connect(version)).isFalse();
        assertThat(guest.bus().version()).isZero();
        assertThat(guest.connect(0x5_0003)).isTrue();
    }

    @Test
    @DisplayName("names connection 4 for messages from version 5.0 on, and says which features 6.0 has: none")
    void response() {
        guest.partition().post(4, TestGuest.message(14, 40).putInt(8, 0x5_0000).put(16, (byte) 2).array());
        assertThat(guest.expect(15).getInt(12)).isEqualTo(4);
        guest.partition().post(1, TestGuest.message(14, 40).putInt(8, 0x4_0001).array());
        assertThat(guest.expect(15).getInt(12)).isEqualTo(0x4_0001);
        guest.partition().post(4, TestGuest.message(14, 56).putInt(8, 0x6_0000).put(16, (byte) 2).putInt(20, 0xFF).array());
        ByteBuffer r = guest.expect(15);
        assertThat(r.capacity()).isEqualTo(20);
        assertThat(r.getInt(16)).isZero();
    }

    @Test
    @DisplayName("gets its messages on the processor that it named")
    void processor() {
        guest.partition().post(4, TestGuest.message(14, 40).putInt(8, TestGuest.NEWEST).putInt(12, 3).put(16, (byte) 2).array());

        TestPartition.Message m = guest.partition().take();
        assertThat(m.vp()).isEqualTo(3);
        assertThat(m.sint()).isEqualTo(2);
    }

    @Test
    @DisplayName("gets what an offer says: identity, id, where to signal, dedicated interrupt, no monitor")
    void offerFields() {
        guest.bus().offer(new ChannelOffer(KIND, new Guid(7, 8), "x", ChannelOffer.Mode.MESSAGES, 8, new byte[] {1, 2}), provider);
        guest.connect(TestGuest.NEWEST);
        guest.post(TestGuest.message(3, 8));

        ByteBuffer m = guest.expect(1);
        assertThat(new Guid(m.getLong(8), m.getLong(16))).isEqualTo(KIND);
        assertThat(new Guid(m.getLong(24), m.getLong(32))).isEqualTo(new Guid(7, 8));
        assertThat(m.getShort(56)).isEqualTo((short) 0x11);
        assertThat(m.getShort(58)).isEqualTo((short) 8);
        assertThat(m.getInt(60)).isEqualTo(4);
        assertThat(m.getShort(64)).isEqualTo((short) 0x0201);
        int channel = m.getInt(184);
        assertThat(channel).isBetween(1, 2047);
        assertThat(m.get(189)).isZero();
        assertThat(m.getShort(190)).isEqualTo((short) 1);
        assertThat(m.getInt(192)).isEqualTo(channel | 2 << 12);
        guest.expect(4);
    }

    @Test
    @DisplayName("hears of devices that come while it runs, and of those that came before it asked only then")
    void hotAdd() {
        guest.connect(TestGuest.NEWEST);
        guest.bus().offer(offer(1), provider);
        assertThat(guest.poll()).isNull();
        assertThat(guest.requestOffers()).hasSize(1);
        guest.bus().offer(offer(2), provider);
        assertThat(guest.expectOffer().instanceId()).isEqualTo(new Guid(2, 0));
    }

    @Test
    @DisplayName("is told all offers once, however often it asks")
    void twice() {
        guest.bus().offer(offer(1), provider);
        guest.connect();
        guest.post(TestGuest.message(3, 8));
        assertThat(guest.poll()).isNull();
    }

    @Test
    @DisplayName("ends at Unload: channels close, memory is forgotten, and the same devices are offered to the next guest")
    void unload() {
        guest.bus().offer(offer(1), provider);
        GuestChannel first = guest.open(guest.connect().getFirst(), 2);
        guest.unload();
        assertThat(provider.take()).containsExactly("opened 0", "closed 0");
        first.signal();
        assertThat(provider.take()).isEmpty();

        TestGuest.Offer again = guest.connect().getFirst();
        assertThat(again).usingRecursiveComparison().isEqualTo(first.offer());
        assertThat(guest.describe(again.channel(), first.gpadl(), first.outgoing().pfns(), 0, 3 * 4096)).isZero();
    }

    @Test
    @DisplayName("asks for memory in the name of each device: what is kept from one is there for another")
    void memoryIsADevices() {
        guest.partition().bar(DmaRequester.vmbus(1, 0));
        guest.bus().offer(offer(1), provider);
        guest.bus().offer(offer(2), provider);
        List<TestGuest.Offer> offers = guest.connect();
        long[] pages = guest.partition().allocate(3).pfns();
        assertThat(guest.describe(offers.get(0).channel(), 77, pages, 0, 3 * 4096)).isNotZero();
        assertThat(guest.describe(offers.get(1).channel(), 77, pages, 0, 3 * 4096)).isZero();
    }

    @Test
    @DisplayName("begins anew with a contact that comes without Unload, as after a crash")
    void contactAgain() {
        guest.bus().offer(offer(1), provider);
        guest.open(guest.connect().getFirst(), 2);

        TestGuest.Offer again = guest.connect().getFirst();
        assertThat(provider.take()).containsExactly("opened 0", "closed 0");
        guest.open(again, 2);
        assertThat(provider.take()).containsExactly("opened 0");
    }

    @Test
    @DisplayName("ends when the partition is reset")
    void reset() {
        guest.bus().offer(offer(1), provider);
        guest.open(guest.connect().getFirst(), 2);
        guest.bus().reset();
        assertThat(provider.take()).containsExactly("opened 0", "closed 0");
        assertThat(guest.bus().version()).isZero();
        assertThat(guest.poll()).isNull();
    }

    @Test
    @DisplayName("keeps messages that the hypervisor does not take, in order, and sends them when it does")
    void backPressure() {
        for (int i = 1; i <= 5; i++) {
            guest.bus().offer(offer(i), provider);
        }
        guest.connect(TestGuest.NEWEST);
        guest.partition().refuseMessages(true);
        guest.post(TestGuest.message(3, 8));
        assertThat(guest.poll()).isNull();
        guest.clock().advance(5_000_000);
        guest.partition().refuseMessages(false);
        assertThat(guest.poll()).isNull();
        guest.clock().advance(100_000_000);
        for (int i = 1; i <= 5; i++) {
            assertThat(guest.expectOffer().instanceId()).isEqualTo(new Guid(i, 0));
        }
        guest.expect(4);
        assertThat(guest.clock().busy()).isFalse();
    }

    @Test
    @DisplayName("keeps a bounded number of messages for a guest that never takes them")
    void neverTaken() {
        guest.bus().offer(offer(1), provider);
        TestGuest.Offer offer = guest.connect().getFirst();
        guest.partition().refuseMessages(true);
        for (int i = 0; i < 10_000; i++) {
            guest.post(TestGuest.message(11, 16).putInt(8, offer.channel()).putInt(12, i));
        }
        guest.partition().refuseMessages(false);
        guest.clock().advance(10_000_000_000L);
        int n = 0;
        while (guest.poll() != null) {
            n++;
        }
        assertThat(n).isEqualTo(4096);
    }

    @Test
    @DisplayName("answers requests for sockets with a refusal")
    void sockets() {
        guest.connect(TestGuest.NEWEST);
        guest.post(TestGuest.message(21, 56).putLong(8, 1).putLong(16, 2).putLong(24, 3).putLong(32, 4));
        ByteBuffer r = guest.expect(23);
        assertThat(List.of(r.getLong(8), r.getLong(16), r.getLong(24), r.getLong(32))).containsExactly(1L, 2L, 3L, 4L);
        assertThat(r.getInt(40)).isNegative();
    }

    @Test
    @DisplayName("leaves requests for sockets unanswered before version 4.1, whose guests do not wait")
    void socketsOfOldGuests() {
        guest.connect(0x4_0000);
        guest.post(TestGuest.message(21, 40));
        assertThat(guest.poll()).isNull();
        guest.connect(0x4_0001);
        guest.post(TestGuest.message(21, 40));
        assertThat(guest.expect(23).getInt(40)).isNegative();
    }

    @ParameterizedTest
    @DisplayName("is refused when the guest names another interrupt source or another trust level")
    @ValueSource(ints = {0, 3, 0x102})
    void otherSource(int sourceAndLevel) {
        guest.partition().post(4, TestGuest.message(14, 40).putInt(8, TestGuest.NEWEST).putShort(16, (short) sourceAndLevel).array());
        assertThat(guest.expect(15).get(8)).isZero();
        assertThat(guest.bus().version()).isZero();
    }

    @Test
    @DisplayName("of version 6.0 leaves unanswered what belongs to features that it does not have")
    void absentFeatures() {
        guest.bus().offer(offer(1), provider);
        guest.connect(0x6_0000);
        GuestChannel open = guest.open(guest.requestOffers().getFirst(), 2);
        // ModifyConnection, Pause, Resume
        guest.post(TestGuest.message(25, 24));
        guest.post(TestGuest.message(27, 8));
        guest.post(TestGuest.message(29, 8));
        assertThat(guest.poll()).isNull();
        open.send(new byte[8], 4, true);
        assertThat(open.receive().transactionId()).isEqualTo(4);
    }

    @Test
    @DisplayName("is over after Unload: what the guest then lets go of, signals or asks is left alone")
    void afterUnload() {
        guest.bus().offer(offer(1), provider);
        GuestChannel open = guest.open(guest.connect().getFirst(), 2);
        guest.unload();
        provider.take();
        int id = open.offer().channel();
        guest.post(TestGuest.message(11, 16).putInt(8, id).putInt(12, open.gpadl()));
        guest.post(TestGuest.message(7, 12).putInt(8, id));
        guest.post(TestGuest.message(13, 12).putInt(8, id));
        guest.post(TestGuest.message(16, 8));
        open.signal();
        assertThat(guest.poll()).isNull();
        assertThat(provider.take()).isEmpty();
        assertThat(guest.connect()).extracting(TestGuest.Offer::channel).containsExactly(id);
    }

    @Test
    @DisplayName("ignores messages that are too short, unknown, or come before the contact")
    void nonsense() {
        guest.bus().offer(offer(1), provider);
        guest.post(TestGuest.message(3, 8));
        guest.partition().post(4, new byte[0]);
        guest.partition().post(4, new byte[7]);
        assertThat(guest.poll()).isNull();
        guest.connect();
        for (int type = 0; type < 40; type++) {
            boolean answered = type == 14 || type == 16;
            if (!answered) {
                guest.post(TestGuest.message(type, 8));
            }
        }
        for (int type : new int[] {5, 7, 8, 9, 11, 13, 22}) {
            for (int length = 9; length < 20; length++) {
                guest.post(TestGuest.message(type, length));
            }
        }
        ByteBuffer m = guest.poll();
        for (; m != null; m = guest.poll()) {
            // the only answers that such messages can have: torn down, result of a modification
            assertThat(m.getInt(0)).isIn(12, 24);
        }
        assertThat(provider.take()).isEmpty();
        assertThat(guest.bus().version()).isEqualTo(TestGuest.NEWEST);
    }
}
