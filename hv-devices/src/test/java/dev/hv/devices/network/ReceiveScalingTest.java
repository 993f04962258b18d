package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReceiveScalingTest {

    /** The key of Microsoft's "Verifying the RSS Hash Calculation", and its results. */
    private static final byte[] KEY = HexFormat.of().parseHex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");
    private static final int TCP_HASH = 0x51ccc178;
    private static final int IPV4_HASH = 0x323e8fc2;

    private final NetvscGuest guest = new NetvscGuest();
    private final VirtualSwitch network = new VirtualSwitch("lab", new TestClock());
    private final NetworkAdapter adapter = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:03"), 1500, network, "guest");
    private final List<byte[]> outside = new ArrayList<>();
    private final VirtualSwitch.Port peer = network.connect("peer", (b, at, n) -> outside.add(Arrays.copyOfRange(b, at, at + n)));

    /** From 66.9.149.187 port 2794 to 161.142.100.80 port 1766. */
    private static byte[] known(int protocol) {
        byte[] f = TestFrames.tcp(TestFrames.GUEST, TestFrames.PEER, 20);
        ByteBuffer b = ByteBuffer.wrap(f).put(23, (byte) protocol);
        b.put(26, HexFormat.of().parseHex("420995bb" + "a18e6450")).putShort(34, (short) 2794).putShort(36, (short) 1766);
        return f;
    }

    /** Parameters: Toeplitz over addresses and TCP ports, the key, a table of 128 entries. */
    private static byte[] parameters(int... table) {
        ByteBuffer p = ByteBuffer.allocate(40 + 512 + 40).order(ByteOrder.LITTLE_ENDIAN);
        p.put(0, (byte) 0x89).put(1, (byte) 2).putShort(2, (short) 40).putInt(8, 1 | 0x100 | 0x200 | 0x400 | 0x1000);
        p.putShort(12, (short) 512).putInt(16, 40).putShort(20, (short) 40).putInt(24, 552).put(552, KEY);
        for (int i = 0; i < 128; i++) {
            p.putInt(40 + 4 * i, table[i % table.length]);
        }
        return p.array();
    }

    @Test
    void hashesAreThoseOfTheSpecification() {
        assertThat(ReceiveScaling.toeplitz(KEY, HexFormat.of().parseHex("420995bb" + "a18e6450" + "0aea" + "06e6"))).isEqualTo(TCP_HASH);
        assertThat(ReceiveScaling.toeplitz(KEY, HexFormat.of().parseHex("420995bb" + "a18e6450"))).isEqualTo(IPV4_HASH);
        assertThat(ReceiveScaling.toeplitz(KEY, HexFormat.of().parseHex("c75c6f02" + "41458c53" + "3796" + "1283"))).isEqualTo(0xc626b0ea);
        assertThat(ReceiveScaling.toeplitz(KEY, HexFormat.of().parseHex("3ffe250102001fff0000000000000007" + "3ffe2501020000030000000000000001" + "0aea" + "06e6"))).isEqualTo(0x40207d3d);
    }

    private List<GuestChannel> up(int subChannels) {
        guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);
        guest.up(0x60001, 1500, 0);
        ByteBuffer r = guest.ask(NetvscGuest.nvsp(133).putInt(4, 1).putInt(8, subChannels));
        assertThat(r.getInt(0)).isEqualTo(133);
        assertThat(r.getInt(4)).isEqualTo(1);
        List<TestGuest.Offer> offers = new ArrayList<>();
        for (int i = 0; i < r.getInt(8); i++) {
            offers.add(guest.guest.expectOffer());
            assertThat(offers.get(i).subChannel()).isEqualTo(i + 1);
        }
        List<GuestChannel> all = new ArrayList<>(List.of(guest.channel));
        offers.forEach(o -> all.add(guest.guest.open(o, 8)));
        return all;
    }

    @Test
    void capabilitiesNameQueuesFromVersion5On() {
        guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);
        guest.up(0x40000, 1500, 0);
        assertThat(guest.query(0x00010203, new byte[0])).isEqualTo(0xC00000BB);
        assertThat(guest.ask(NetvscGuest.nvsp(133).putInt(4, 1).putInt(8, 3)).getInt(4)).as("sub-channels").isEqualTo(2);
        guest.channel.close();
        var again = new NetvscGuest();
        var other = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:04"), 1500, network, "other");
        again.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444445"), "net0"), other);
        again.up(0x50000, 1500, 0);
        assertThat(again.query(0x00010203, new byte[0])).isZero();
        ByteBuffer c = ByteBuffer.wrap(again.queried).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(c.get(0)).isEqualTo((byte) 0x88);
        assertThat(c.getInt(4) & 0x301).as("Toeplitz, TCP").isEqualTo(0x301);
        assertThat(c.getInt(12)).as("queues").isEqualTo(16);
        assertThat(c.getShort(16)).as("entries").isEqualTo((short) 128);
    }

    @Test
    void framesComeOverTheChannelThatTheTableNames() {
        List<GuestChannel> channels = up(3);
        assertThat(channels).hasSize(4);
        GuestPacket table = guest.channel.receive();
        ByteBuffer t = ByteBuffer.wrap(table.payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new int[] {t.getInt(0), t.getInt(4), t.getInt(8), t.getInt(12), t.getInt(24), t.getInt(28)}).containsExactly(134, 16, 12, 0, 3, 0);

        byte[] tcp = known(6);
        peer.send(tcp, 0, tcp.length);
        assertThat(guest.receive(0)).as("before there is a table").hasSize(1);
        assertThat(guest.set(0x00010204, parameters(0, 1, 2, 3))).isZero();
        peer.send(tcp, 0, tcp.length);
        byte[] other = known(50);
        peer.send(other, 0, other.length);
        assertThat(channels.get(TCP_HASH & 3).receiveAll()).as("by addresses and ports").hasSize(1);
        assertThat(channels.get(IPV4_HASH & 3).receiveAll()).as("by addresses alone").hasSize(1);
        byte[] arp = Arrays.copyOf(HexFormat.of().parseHex("ffffffffffff" + TestFrames.PEER + "0806"), 60);
        peer.send(arp, 0, arp.length);
        assertThat(guest.receive(0)).as("no hash").hasSize(1);
    }

    @Test
    void sectionsGivenBackOnOneChannelServeAnother() {
        List<GuestChannel> channels = up(1);
        guest.channel.receiveAll();
        guest.set(0x00010204, parameters(1));
        int sections = 16 * 4096 / 1728;
        byte[] tcp = known(6);
        for (int i = 0; i < sections; i++) {
            peer.send(tcp, 0, tcp.length);
        }
        List<GuestPacket> taken = channels.get(1).receiveAll();
        assertThat(taken).hasSize(sections);
        guest.setLater(0x00010204, parameters(0));
        assertThat(guest.channel.receiveAll()).as("the answer waits, too; the command's own completion does not").hasSize(1);
        channels.get(1).complete(NetvscGuest.nvsp(108).array(), taken.getFirst().transactionId());
        assertThat(guest.channel.receiveAll()).hasSize(1);
    }

    @Test
    void aRestoredAdapterDeliversOverTheSameChannels() {
        List<GuestChannel> channels = up(1);
        guest.channel.receiveAll();
        assertThat(guest.set(0x00010204, parameters(1))).isZero();
        var other = new VirtualSwitch("lab", new TestClock());
        var restored = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:03"), 1500, other, "guest");
        restored.offered(guest.guest.bus().channels().getFirst());
        RecordedState.copy(adapter, restored);
        byte[] tcp = known(6);
        other.connect("peer", (b, at, n) -> { }).send(tcp, 0, tcp.length);
        assertThat(channels.get(1).receiveAll()).hasSize(1);
        assertThat(guest.channel.receiveAll()).isEmpty();
    }

    @Test
    void framesAreTakenAndAnsweredOnAnyChannel() {
        List<GuestChannel> channels = up(1);
        byte[] tcp = TestFrames.tcp(TestFrames.PEER, TestFrames.GUEST, 40);
        guest.sendBuffer.put(0, NetvscGuest.packet(tcp));
        channels.get(1).send(NetvscGuest.nvsp(107).putInt(8, 0).putInt(12, 44 + tcp.length).array(), 4711, true);
        assertThat(outside).containsExactly(tcp);
        GuestPacket done = channels.get(1).receive();
        assertThat(done.transactionId()).isEqualTo(4711);
        assertThat(ByteBuffer.wrap(done.payload()).order(ByteOrder.LITTLE_ENDIAN).getInt(4)).isEqualTo(1);
    }

    @Test
    void malformedParametersChangeNothing() {
        up(1);
        guest.channel.receiveAll();
        assertThat(guest.set(0x00010204, new byte[20])).isEqualTo(0xC0010015);
        for (int[] change : new int[][] {{12, 12}, {12, 6000}, {16, 1000}, {16, -4}, {20, 400}, {24, 1000}}) {
            byte[] bad = parameters(0, 1);
            ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putShort(change[0], (short) change[1]).putShort(change[0] + 2, (short) (change[1] >> 16));
            assertThat(guest.set(0x00010204, bad)).as("field %d = %d", change[0], change[1]).isEqualTo(0xC0010015);
        }
    }
}
