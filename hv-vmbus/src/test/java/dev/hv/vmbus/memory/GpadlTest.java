package dev.hv.vmbus.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPages;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Memory that a guest describes")
class GpadlTest {

    private final TestGuest guest = new TestGuest(9000);
    private final EchoProvider provider = new EchoProvider();
    private Channel channel;
    private int id;
    private TestGuest.Offer offer;

    @BeforeEach
    void connect() {
        channel = guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(3, 4), "echo", false), provider);
        offer = guest.connect().getFirst();
        id = offer.channel();
    }

    /** Length, offset and page numbers of ranges. */
    private static byte[] list(Object... ranges) {
        ByteBuffer b = ByteBuffer.allocate(65536).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ranges.length; i += 3) {
            b.putInt((int) ranges[i]).putInt((int) ranges[i + 1]);
            for (long pfn : (long[]) ranges[i + 2]) {
                b.putLong(pfn);
            }
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    private void header(int gpadl, int ranges, int bytes, byte[] part) {
        guest.post(TestGuest.message(8, 20 + part.length).putInt(8, id).putInt(12, gpadl).putShort(16, (short) bytes)
                .putShort(18, (short) ranges).put(20, part));
    }

    private void body(int gpadl, byte[] part) {
        guest.post(TestGuest.message(9, 16 + part.length).putInt(12, gpadl).put(16, part));
    }

    private int status(int gpadl) {
        ByteBuffer r = guest.expect(10);
        assertThat(r.getInt(8)).isEqualTo(id);
        assertThat(r.getInt(12)).isEqualTo(gpadl);
        return r.getInt(16);
    }

    @Test
    @DisplayName("arrives however its list is split between header and bodies")
    void splits() {
        GuestPages memory = guest.partition().allocate(5);
        byte[] text = "a text that goes over the border".getBytes();
        memory.put(100 + 4080, text);
        byte[] list = list(4 * 4096, 100, memory.pfns());
        for (int first = 0; first < list.length; first++) {
            for (int second = first; second < list.length; second++) {
                int gpadl = 1000 + first * 100 + second;
                header(gpadl, 1, list.length, Arrays.copyOf(list, first));
                if (second > first) {
                    body(gpadl, Arrays.copyOfRange(list, first, second));
                }
                assertThat(guest.poll()).isNull();
                body(gpadl, Arrays.copyOfRange(list, second, list.length));
                assertThat(status(gpadl)).isZero();
                byte[] read = new byte[text.length];
                assertThat(channel.gpadl(gpadl).length()).isEqualTo(4 * 4096);
                assertThat(channel.gpadl(gpadl).read(4080, read, 0, read.length)).isTrue();
                assertThat(read).isEqualTo(text);
                guest.tearDown(id, gpadl);
                assertThat(channel.gpadl(gpadl)).isNull();
            }
        }
    }

    @Test
    @DisplayName("may be several ranges, which follow each other")
    void ranges() {
        GuestPages a = guest.partition().allocate(2);
        GuestPages b = guest.partition().allocate(1);
        byte[] list = list(5000, 1000, a.pfns(), 10, 4086, b.pfns());
        header(7, 2, list.length, list);
        assertThat(status(7)).isZero();

        GuestBuffer buffer = channel.gpadl(7);
        assertThat(buffer.length()).isEqualTo(5010);
        byte[] bytes = new byte[5010];
        new Random(1).nextBytes(bytes);
        assertThat(buffer.write(0, bytes, 0, 5010)).isTrue();
        assertThat(a.bytes(1000, 5000)).isEqualTo(Arrays.copyOf(bytes, 5000));
        assertThat(b.bytes(4086, 10)).isEqualTo(Arrays.copyOfRange(bytes, 5000, 5010));
        byte[] read = new byte[12];
        assertThat(buffer.read(4997, read, 0, 12)).isTrue();
        assertThat(read).isEqualTo(Arrays.copyOfRange(bytes, 4997, 5009));
        assertThat(buffer.read(5000, read, 0, 11)).isFalse();
        assertThat(buffer.read(-1, read, 0, 1)).isFalse();
    }

    @Test
    @DisplayName("is refused when a page is not the guest's, or the list makes no sense")
    void refused() {
        long[] one = guest.partition().allocate(1).pfns();
        byte[][] lists = {
            list(4096, 0, new long[] {9000}), list(4096, 0, new long[] {-1}), list(4096, 0, new long[] {1L << 52}),
            list(4097, 0, one), list(4096, 1, one), list(1, 4096, one), list(0, 0, one), list(-1, 0, one), list(1, -1, one), new byte[4]};
        for (byte[] list : lists) {
            header(5, 1, list.length, list);
            assertThat(status(5)).isNegative();
            assertThat(channel.gpadl(5)).isNull();
        }
        byte[] good = list(4096, 0, one);
        for (int ranges : new int[] {0, 2, 0xFFFF}) {
            header(5, ranges, good.length, good);
            assertThat(status(5)).isNegative();
        }
        header(5, 1, 0, new byte[0]);
        assertThat(status(5)).isNegative();
        header(5, 1, good.length, good);
        assertThat(status(5)).isZero();
    }

    @Test
    @DisplayName("is refused when its id is in use, and leaves the other alone")
    void duplicate() {
        GuestPages memory = guest.partition().allocate(2);
        assertThat(guest.describe(id, 5, memory.pfns(), 0, 8192)).isZero();
        assertThat(guest.describe(id, 5, memory.pfns(), 0, 4096)).isNegative();
        assertThat(channel.gpadl(5).length()).isEqualTo(8192);
    }

    @Test
    @DisplayName("is refused for channels that are not offered")
    void unknownChannel() {
        guest.post(TestGuest.message(8, 36).putInt(8, 99).putInt(12, 5).putShort(16, (short) 16).putShort(18, (short) 1).putInt(20, 1));
        assertThat(guest.expect(10).getInt(16)).isNegative();
    }

    @Test
    @DisplayName("ignores bodies that nobody waits for")
    void strayBody() {
        body(5, new byte[8]);
        GuestPages memory = guest.partition().allocate(1);
        assertThat(guest.describe(id, 5, memory.pfns(), 0, 4096)).isZero();
        body(5, new byte[8]);
        assertThat(guest.poll()).isNull();
        assertThat(channel.gpadl(5).length()).isEqualTo(4096);
    }

    @Test
    @DisplayName("is bounded in total, also when it is never finished, and what is torn down counts no more")
    void bounded() {
        int taken = 0;
        for (int gpadl = 0; gpadl < 300; gpadl++) {
            header(gpadl, 1, 65528, new byte[0]);
            ByteBuffer r = guest.poll();
            taken += r == null ? 1 : 0;
        }
        assertThat(taken).isEqualTo((8 << 20) / 65528);
        guest.tearDown(id, 0);
        header(1000, 1, 65528, new byte[0]);
        assertThat(guest.poll()).isNull();
    }

    @Test
    @DisplayName("can be large: 16 MiB in 147 messages")
    void large() {
        GuestPages memory = guest.partition().allocate(4096);
        assertThat(guest.describe(id, 5, memory.pfns(), 0, 16 << 20)).isZero();
        byte[] bytes = {1, 2, 3, 4};
        assertThat(channel.gpadl(5).write((16 << 20) - 4, bytes, 0, 4)).isTrue();
        assertThat(memory.bytes((16 << 20) - 4, 4)).isEqualTo(bytes);
    }

    @Test
    @DisplayName("is the channel's that it was described for")
    void owner() {
        Channel other = guest.bus().offer(ChannelOffer.of(new Guid(1, 2), new Guid(5, 5), "other", false), provider);
        int otherId = guest.expectOffer().channel();
        guest.describe(id, 5, guest.partition().allocate(1).pfns(), 0, 4096);
        assertThat(other.gpadl(5)).isNull();
        guest.post(TestGuest.message(11, 16).putInt(8, otherId).putInt(12, 5));
        assertThat(guest.poll()).isNull();
        assertThat(channel.gpadl(5)).isNotNull();
    }

    @Test
    @DisplayName("takes the channel with it when its rings are torn down while it is open")
    void ringsTornDown() {
        GuestChannel open = guest.open(offer, 2);
        guest.tearDown(id, open.gpadl());
        assertThat(provider.take()).containsExactly("opened 0", "closed 0");
        assertThat(channel.open()).isFalse();
    }
}
