package dev.hv.devices.network;

import static dev.hv.devices.network.TestFrames.GUEST;
import static dev.hv.devices.network.TestFrames.HEADERS;
import static dev.hv.devices.network.TestFrames.PEER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the adapter does in place of the guest's driver; the guest's messages and the expectations are written out. */
class OffloadTest {

    private static final int SUM_INFO = 0;
    private static final int LARGE_INFO = 2;
    private static final int VLAN_INFO = 6;
    private static final int TCP_SUM = 1 | 4 | 34 << 16;
    private static final int UDP6_SUM = 2 | 8 | 54 << 16;

    private final NetvscGuest guest = new NetvscGuest();
    private final VirtualSwitch network = new VirtualSwitch("lab", new TestClock());
    private final NetworkAdapter adapter = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:03"), 9000, network, "guest");
    private final List<byte[]> outside = new ArrayList<>();
    private final VirtualSwitch.Port peer = network.connect("peer", (b, at, n) -> outside.add(Arrays.copyOfRange(b, at, at + n)));

    private void up(int version, int mtu, long capabilities) {
        guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);
        guest.up(version, mtu, capabilities);
    }

    /** Asks for all check sums, large sends, and perhaps coalescing. */
    private int want(boolean coalescing) {
        byte[] p = new byte[32];
        p[0] = (byte) 0x80;
        p[1] = 3;
        p[2] = 32;
        for (int i = 5; i <= 8; i++) {
            p[i] = 4;
        }
        p[11] = 2;
        p[12] = 2;
        p[22] = (byte) (coalescing ? 2 : 1);
        p[23] = p[22];
        return guest.set(0xFC01020C, p);
    }

    /** A packet message with one record of per-packet information. */
    private static byte[] message(byte[] frame, int type, int info) {
        return NetvscGuest.rndis(1, 60 + frame.length).putInt(8, 52).putInt(12, frame.length).putInt(28, 36).putInt(32, 16)
                .putInt(44, 16).putInt(48, type).putInt(52, 12).putInt(56, info).put(60, frame).array();
    }

    private static byte[] frame(byte[] message) {
        ByteBuffer m = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        return Arrays.copyOfRange(message, 8 + m.getInt(8), 8 + m.getInt(8) + m.getInt(12));
    }

    /** The information of a type in a message from the adapter; -1 when there is none. */
    private static int info(byte[] message, int type) {
        ByteBuffer m = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        int end = 8 + m.getInt(28) + m.getInt(32);
        for (int at = 8 + m.getInt(28); m.getInt(32) > 0 && at < end; at += m.getInt(at)) {
            if (m.getInt(at + 4) == type) {
                return m.getInt(at + m.getInt(at + 8));
            }
        }
        return -1;
    }

    @Test
    void capabilitiesAreThoseThatDriversLookFor() {
        up(0x60001, 1500, 1 << 7);
        byte[] query = new byte[156];
        query[0] = (byte) 0xA7;
        query[1] = 3;
        query[2] = (byte) 156;
        assertThat(guest.query(0xFC01020D, query)).isZero();
        ByteBuffer c = ByteBuffer.wrap(guest.queried).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(guest.queried).hasSize(156);
        assertThat(c.getInt(8) & 0x54).as("TCP with options and UDP over IPv4").isEqualTo(0x54);
        assertThat(c.getInt(24) & 0x55).as("TCP with options and UDP over IPv6").isEqualTo(0x55);
        assertThat(c.getInt(80)).as("large sends over Ethernet").isEqualTo(2);
        assertThat(c.getInt(84)).as("largest").isBetween(32_000, 65_535 - 14);
        assertThat(c.getInt(92)).isEqualTo(2);
        assertThat(c.getInt(104) & 5).isEqualTo(5);
        assertThat(new int[] {c.get(144), c.get(145)}).as("coalescing").containsExactly(1, 1);
    }

    @Test
    void coalescingIsNotOfferedToWhoDoesNotKnowIt() {
        up(0x60000, 1500, 1 << 7);
        byte[] query = new byte[156];
        query[1] = 3;
        query[2] = (byte) 156;
        guest.query(0xFC01020D, query);
        assertThat(guest.queried[144]).isZero();
    }

    @Test
    void checkSumsThatTheGuestLeavesOutAreFilledIn() {
        up(0x60001, 1500, 0);
        byte[] tcp = TestFrames.tcp(PEER, GUEST, 701);
        ByteBuffer.wrap(tcp).putShort(50, (short) 0x1234);
        assertThat(guest.sendBySection(0, message(tcp, SUM_INFO, TCP_SUM | 16))).isEqualTo(1);
        assertThat(guest.sendBySection(0, message(TestFrames.udp6(PEER, GUEST, 33), SUM_INFO, UDP6_SUM))).isEqualTo(1);
        assertThat(TestFrames.goodTcp(outside.get(0))).isTrue();
        assertThat(TestFrames.goodUdp6(outside.get(1))).isTrue();
        assertThat(Arrays.copyOfRange(outside.get(0), HEADERS, tcp.length)).isEqualTo(Arrays.copyOfRange(tcp, HEADERS, tcp.length));
    }

    @Test
    void withoutInformationFramesPassAsTheyAre() {
        up(0x60001, 1500, 0);
        byte[] tcp = TestFrames.tcp(PEER, GUEST, 40);
        guest.sendBySection(0, NetvscGuest.packet(tcp));
        assertThat(outside).containsExactly(tcp);
    }

    @Test
    void aLargeFrameLeavesAsValidSegments() {
        up(0x60001, 1500, 0);
        byte[] large = TestFrames.tcp(PEER, GUEST, 4000);
        large[47] = (byte) (0x01 | 0x08 | 0x10 | 0x80);
        ByteBuffer.wrap(large).putShort(16, (short) 0);
        assertThat(guest.sendDirect(message(large, LARGE_INFO, 1460 | 34 << 20 | 1 << 30))).isEqualTo(1);
        assertThat(outside).hasSize(3);
        assertThat(outside).allMatch(TestFrames::goodTcp);
        assertThat(outside.stream().map(f -> f.length)).containsExactly(HEADERS + 1460, HEADERS + 1460, HEADERS + 1080);
        assertThat(outside.stream().map(f -> ByteBuffer.wrap(f).getInt(38))).as("sequence").containsExactly(0xFFFFFF00, 0x4B4, 0xA68);
        assertThat(outside.stream().map(f -> (int) ByteBuffer.wrap(f).getShort(18))).as("identification").containsExactly(-2, -1, 0);
        assertThat(outside.stream().map(f -> f[47] & 0xFF)).as("flags").containsExactly(0x90, 0x10, 0x19);
        byte[] data = new byte[4000];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(outside.get(i), HEADERS, data, 1460 * i, outside.get(i).length - HEADERS);
        }
        assertThat(data).isEqualTo(Arrays.copyOfRange(large, HEADERS, large.length));
    }

    @Test
    void malformedLargeFramesAreRefused() {
        up(0x60001, 1500, 0);
        byte[] large = TestFrames.tcp(PEER, GUEST, 4000);
        assertThat(guest.sendDirect(message(large, LARGE_INFO, 1460))).as("version 1").isEqualTo(2);
        assertThat(guest.sendDirect(message(large, LARGE_INFO, 1 << 30))).as("no segment size").isEqualTo(2);
        assertThat(guest.sendDirect(message(large, LARGE_INFO, 1 | 1 << 30))).as("too many segments").isEqualTo(2);
        assertThat(guest.sendDirect(message(TestFrames.udp6(PEER, GUEST, 3000), LARGE_INFO, 1460 | 1 << 30))).as("not TCP").isEqualTo(2);
        byte[] message = message(large, LARGE_INFO, 1460 | 1 << 30);
        for (int[] change : new int[][] {{28, -8}, {32, 1 << 20}, {44, 3}, {44, 4000}, {52, 4000}, {52, -4}}) {
            byte[] bad = message.clone();
            ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(change[0], change[1]);
            assertThat(guest.sendDirect(bad)).as("field %d = %d", change[0], change[1]).isEqualTo(2);
        }
        assertThat(outside).isEmpty();
    }

    @Test
    void aTagInTheInformationGoesIntoTheFrame() {
        up(0x60001, 1500, 0);
        byte[] tcp = TestFrames.tcp(PEER, GUEST, 40);
        guest.sendBySection(0, message(tcp, VLAN_INFO, 0x123 << 4 | 5));
        byte[] f = outside.getFirst();
        assertThat(f).hasSize(tcp.length + 4);
        assertThat(ByteBuffer.wrap(f).getInt(12)).isEqualTo(0x8100A123);
        assertThat(Arrays.copyOfRange(f, 16, f.length)).isEqualTo(Arrays.copyOfRange(tcp, 12, tcp.length));
    }

    @Test
    void goodCheckSumsAreTold() {
        up(0x60001, 1500, 0);
        byte[] good = TestFrames.withChecksum(TestFrames.udp6(GUEST, PEER, 33));
        peer.send(good, 0, good.length);
        assertThat(info(guest.receive(0).getFirst(), SUM_INFO)).as("nobody asked").isEqualTo(-1);
        assertThat(want(false)).isZero();
        peer.send(good, 0, good.length);
        byte[] bad = good.clone();
        bad[70] ^= 1;
        peer.send(bad, 0, bad.length);
        List<byte[]> m = guest.receive(0);
        assertThat(info(m.get(0), SUM_INFO)).as("UDP good").isEqualTo(1 << 4);
        assertThat(frame(m.get(0))).isEqualTo(good);
        assertThat(info(m.get(1), SUM_INFO)).as("nothing said of a bad one").isEqualTo(-1);
        assertThat(frame(m.get(1))).isEqualTo(bad);
    }

    /** A large frame from another station that has been made valid, as adapters do. */
    private byte[] largeArrives(int data, int segment) {
        byte[] large = TestFrames.tcp(GUEST, PEER, data);
        assertThat(LargeSend.complete(large, 0, large.length, new FrameHeaders())).isTrue();
        assertThat(TestFrames.goodTcp(large)).isTrue();
        peer.send(large, 0, large.length, segment);
        return large;
    }

    @Test
    void aGuestThatCoalescesGetsALargeFrameInPartsOfOnePacket() {
        up(0x60001, 1500, 1 << 7);
        want(true);
        byte[] large = largeArrives(20_000, 1460);
        List<GuestPacket> packets = guest.channel.receiveAll();
        assertThat(packets).hasSize(1);
        List<byte[]> parts = guest.takeAll(packets.getFirst(), 0);
        assertThat(parts).hasSizeGreaterThan(2).allMatch(m -> m.length <= 1728);
        byte[] whole = new byte[0];
        for (int i = 0; i < parts.size(); i++) {
            int flags = info(parts.get(i), 0x80000001) >> 8 & 0xFF;
            assertThat(flags).as("part %d", i).isEqualTo(i == 0 ? 3 : i == parts.size() - 1 ? 5 : 1);
            byte[] f = frame(parts.get(i));
            whole = Arrays.copyOf(whole, whole.length + f.length);
            System.arraycopy(f, 0, whole, whole.length - f.length, f.length);
        }
        assertThat(whole).isEqualTo(large);
        assertThat(info(parts.getFirst(), SUM_INFO)).isEqualTo(1 << 3 | 1 << 5);
    }

    @Test
    void otherGuestsGetSegmentsThatShareAPacket() {
        up(0x60001, 1500, 1 << 7);
        want(false);
        largeArrives(10_000, 1460);
        List<GuestPacket> packets = guest.channel.receiveAll();
        assertThat(packets).hasSize(1);
        List<byte[]> segments = guest.takeAll(packets.getFirst(), 0);
        assertThat(segments).hasSize(7).allMatch(m -> TestFrames.goodTcp(frame(m)) && info(m, SUM_INFO) == (1 << 3 | 1 << 5));
        int sections = 16 * 4096 / 1728;
        for (int i = 0; i < 4; i++) {
            largeArrives(10_000, 1460);
        }
        assertThat(guest.channel.receiveAll()).as("7 sections each of %d", sections).hasSize(4);
        largeArrives(10_000, 1460);
        assertThat(guest.channel.receiveAll()).as("none left").isEmpty();
        guest.channel.complete(NetvscGuest.nvsp(108).array(), packets.getFirst().transactionId());
        assertThat(guest.channel.receiveAll()).as("one packet gives all its sections back").hasSize(1);
    }

    @Test
    void watchersSeeSegments() {
        up(0x60001, 1500, 0);
        List<byte[]> seen = new ArrayList<>();
        adapter.port().watch((fromStation, b, at, n) -> seen.add(Arrays.copyOfRange(b, at, at + n)));
        guest.sendDirect(message(TestFrames.tcp(PEER, GUEST, 4000), LARGE_INFO, 1460 | 34 << 20 | 1 << 30));
        assertThat(seen).hasSize(3).allMatch(TestFrames::goodTcp);
    }

    @Test
    void theGuestChoosesItsMtuUpToTheAdaptersLimit() {
        up(0x60001, 9000, 0);
        assertThat(guest.query(0x00010106, new byte[0])).isZero();
        assertThat(guest.queried).isEqualTo(new byte[] {0x28, 0x23, 0, 0});
        byte[] jumbo = TestFrames.tcp(GUEST, PEER, 8946);
        peer.send(jumbo, 0, jumbo.length);
        assertThat(frame(guest.receive(0).getFirst())).isEqualTo(jumbo);
        assertThat(guest.sendDirect(NetvscGuest.packet(TestFrames.tcp(PEER, GUEST, 8946)))).isEqualTo(1);
        assertThat(guest.sendDirect(NetvscGuest.packet(TestFrames.tcp(PEER, GUEST, 9100)))).isEqualTo(2);
    }

    @Test
    void anMtuBeyondTheLimitIsCut() {
        up(0x60001, 60_000, 0);
        guest.query(0x00010106, new byte[0]);
        assertThat(guest.queried).isEqualTo(new byte[] {0x28, 0x23, 0, 0});
    }
}
