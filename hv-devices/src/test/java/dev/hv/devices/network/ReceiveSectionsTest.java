package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sections have the size that the guest was told when it described its receive buffer, whatever MTU it names afterwards. */
class ReceiveSectionsTest {

    private static final int LARGE_MTU = 9000;

    private final NetvscGuest guest = new NetvscGuest();
    private final VirtualSwitch network = new VirtualSwitch("lab", new TestClock());
    private final NetworkAdapter adapter = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:03"), LARGE_MTU, network, "guest");
    private final VirtualSwitch.Port peer = network.connect("peer", (b, at, n) -> { });
    private final Channel channel = guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);

    private static void arrive(VirtualSwitch.Port from, int data) {
        byte[] f = TestFrames.tcp(TestFrames.GUEST, TestFrames.PEER, data);
        from.send(f, 0, f.length);
    }

    private void mtu(int bytes) {
        guest.channel.send(NetvscGuest.nvsp(125).putInt(4, bytes + 14).array(), 0, false);
    }

    /** Where the only message of a packet is in the buffer. */
    private static int offset(GuestPacket p) {
        return ByteBuffer.wrap(p.header()).order(ByteOrder.LITTLE_ENDIAN).getInt(12);
    }

    @Test
    void aFrameThatFitsNoSectionIsDropped() {
        guest.up(0x60000, 1500, 0);
        mtu(LARGE_MTU);
        arrive(peer, 4000);
        assertThat(guest.receive(0)).isEmpty();
        arrive(peer, 1000);
        assertThat(guest.receive(0)).as("the next one comes").hasSize(1);
    }

    @Test
    void whatWaitsIsDroppedWhenANewBufferHasNoRoomForIt() {
        guest.up(0x60000, LARGE_MTU, 0);
        int sections = 0;
        while (adapter.dropped() == 0 && sections < 100) {
            arrive(peer, 8000);
            sections++;
        }
        int taken = guest.channel.receiveAll().size();
        assertThat(taken).as("the others wait").isBetween(1, 20);
        mtu(1500);
        guest.ask(NetvscGuest.nvsp(103).putShort(4, (short) 0xCAFE));
        int gpadl = guest.channel.describe(guest.receiveBuffer);
        guest.ask(NetvscGuest.nvsp(101).putInt(4, gpadl).putShort(8, (short) 0xCAFE));
        guest.channel.receiveAll();
        assertThat(adapter.dropped()).isEqualTo(sections - taken);
        arrive(peer, 1000);
        List<byte[]> next = guest.receive(0);
        assertThat(next).hasSize(1);
        assertThat(next.getFirst().length).isLessThan(1728);
    }

    @Test
    void sectionsKeepTheirSizeOverARestore() {
        guest.up(0x60000, LARGE_MTU, 0);
        arrive(peer, 100);
        arrive(peer, 100);
        List<GuestPacket> before = guest.channel.receiveAll().stream().filter(p -> p.type() == 7).toList();
        assertThat(before).hasSize(2);
        int section = offset(before.get(1)) - offset(before.get(0));
        assertThat(section).isGreaterThan(LARGE_MTU);
        mtu(1500);
        var other = new VirtualSwitch("lab", new TestClock());
        var restored = new NetworkAdapter(MacAddress.of("00:15:5d:01:02:03"), LARGE_MTU, other, "guest");
        restored.offered(channel);
        RecordedState.copy(adapter, restored);
        arrive(other.connect("peer", (b, at, n) -> { }), 100);
        GuestPacket next = guest.channel.receiveAll().getFirst();
        assertThat(offset(next)).isEqualTo(offset(before.get(1)) + section);
    }
}
