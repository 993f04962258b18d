package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkAdapterTest {

    private static final MacAddress MAC = MacAddress.of("00:15:5d:01:02:03");
    private static final String MINE = "00155d010203";
    private static final String OTHER = "00155d0a0b0c";

    private final NetvscGuest guest = new NetvscGuest();
    private final VirtualSwitch network = new VirtualSwitch("lab", new TestClock());
    private final NetworkAdapter adapter = new NetworkAdapter(MAC, 1500, network, "guest");
    private final List<byte[]> outside = new ArrayList<>();
    private final VirtualSwitch.Port peer = network.connect("peer", (b, at, n) -> outside.add(Arrays.copyOfRange(b, at, at + n)));
    private final Channel channel = guest.guest.bus().offer(NetworkAdapter.offer(Guid.of("00000000-1111-2222-3333-444444444444"), "net0"), adapter);

    private static byte[] frame(String to, String from, int bytes) {
        byte[] f = Arrays.copyOf(HexFormat.of().parseHex(to + from + "0800"), 14 + bytes);
        for (int i = 0; i < bytes; i++) {
            f[14 + i] = (byte) i;
        }
        return f;
    }

    private void arrive(byte[] frame) {
        peer.send(frame, 0, frame.length);
    }

    @Test
    void theOfferIsWhatDriversLookFor() {
        assertThat(channel.offer().interfaceId()).hasToString("f8615163-df3e-46c5-913f-f2d2f965ed0e");
        assertThat(channel.offer().pipe()).isFalse();
    }

    @Test
    void versionsAreAgreedOnByTryingThem() {
        guest.open();
        assertThat(guest.ask(NetvscGuest.nvsp(1).putInt(4, 0x70000).putInt(8, 0x70000)).getInt(12)).as("refused").isNotEqualTo(1);
        for (int version : new int[] {0x60001, 0x60000, 0x50000, 0x40000, 0x30002, 2}) {
            ByteBuffer r = guest.ask(NetvscGuest.nvsp(1).putInt(4, version).putInt(8, version));
            assertThat(r.getInt(0)).isEqualTo(2);
            assertThat(r.getInt(12)).as("version %x", version).isEqualTo(1);
        }
    }

    @Test
    void theReceiveBufferIsCutIntoSectionsOf1728Bytes() {
        guest.open();
        guest.ask(NetvscGuest.nvsp(1).putInt(4, 0x60000).putInt(8, 0x60000));
        int gpadl = guest.channel.describe(guest.receiveBuffer);
        ByteBuffer r = guest.ask(NetvscGuest.nvsp(101).putInt(4, gpadl).putShort(8, (short) 0xCAFE));
        assertThat(r.getInt(0)).isEqualTo(102);
        assertThat(r.getInt(4)).isEqualTo(1);
        assertThat(r.getInt(8)).as("sections").isEqualTo(1);
        assertThat(new int[] {r.getInt(12), r.getInt(16), r.getInt(20), r.getInt(24)}).containsExactly(0, 1728, 16 * 4096 / 1728, 16 * 4096 / 1728 * 1728);
    }

    @Test
    void aBufferOfAnUnknownGpadlIsRefused() {
        guest.open();
        guest.ask(NetvscGuest.nvsp(1).putInt(4, 0x60000).putInt(8, 0x60000));
        assertThat(guest.ask(NetvscGuest.nvsp(101).putInt(4, 4711)).getInt(4)).isEqualTo(2);
        assertThat(guest.ask(NetvscGuest.nvsp(104).putInt(4, 4711)).getInt(4)).isEqualTo(2);
    }

    @Test
    void theDriversQuestionsAreAnswered() {
        guest.up();
        assertThat(guest.query(0x01010101, new byte[0])).isZero();
        assertThat(guest.queried).isEqualTo(MAC.bytes());
        assertThat(guest.query(0x00010106, new byte[0])).isZero();
        assertThat(guest.queried).isEqualTo(new byte[] {(byte) 0xDC, 5, 0, 0});
        assertThat(guest.query(0x00010114, new byte[0])).isZero();
        assertThat(guest.queried).isEqualTo(new byte[4]);
        assertThat(guest.query(0x0001010E, new byte[0])).isZero();
        assertThat(guest.queried).as("the filter that was set").isEqualTo(new byte[] {0x0D, 0, 0, 0});
        assertThat(guest.set(0x12345678, new byte[4])).isEqualTo(0xC00000BB);
    }

    @Test
    void framesOfTheGuestReachTheSwitchHoweverTheyAreSent() {
        guest.up();
        byte[] small = frame(OTHER, MINE, 46);
        byte[] large = frame(OTHER, MINE, 1500);
        assertThat(guest.sendBySection(3, NetvscGuest.packet(small))).isEqualTo(1);
        assertThat(guest.sendDirect(NetvscGuest.packet(large))).isEqualTo(1);
        assertThat(outside).containsExactly(small, large);
    }

    @Test
    void severalPacketsInOneMessageAreTakenApart() {
        guest.up();
        byte[] first = frame(OTHER, MINE, 50);
        byte[] second = frame(OTHER, MINE, 60);
        byte[] one = Arrays.copyOf(NetvscGuest.packet(first), 112);
        ByteBuffer.wrap(one).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 112);
        byte[] both = Arrays.copyOf(one, 112 + 118);
        System.arraycopy(NetvscGuest.packet(second), 0, both, 112, 118);
        assertThat(guest.sendBySection(0, both)).isEqualTo(1);
        assertThat(outside).containsExactly(first, second);
    }

    @Test
    void framesForTheGuestComeThroughItsReceiveBuffer() {
        guest.up();
        byte[] frame = frame(MINE, OTHER, 1500);
        arrive(frame);
        assertThat(guest.channel.takeSignals()).isPositive();
        List<byte[]> messages = guest.receive(0);
        assertThat(messages).hasSize(1);
        ByteBuffer m = ByteBuffer.wrap(messages.getFirst()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(m.getInt(0)).isEqualTo(1);
        assertThat(m.getInt(4)).isEqualTo(44 + 1514);
        assertThat(Arrays.copyOfRange(m.array(), 8 + m.getInt(8), 8 + m.getInt(8) + m.getInt(12))).isEqualTo(frame);
    }

    @Test
    void theFilterDecidesWhatTheGuestSees() {
        guest.up();
        arrive(frame(OTHER, "00155d0d0e0f", 46));
        arrive(frame("ffffffffffff", OTHER, 46));
        arrive(frame("01005e000001", OTHER, 46));
        assertThat(guest.receive(0)).as("broadcast and multicast").hasSize(2);
        guest.set(0x0001010E, new byte[4]);
        arrive(frame(MINE, OTHER, 46));
        assertThat(guest.receive(0)).as("switched off").isEmpty();
        guest.set(0x0001010E, new byte[] {0x20, 0, 0, 0});
        arrive(frame("00155d0d0eff", OTHER, 46));
        assertThat(guest.receive(0)).as("promiscuous").hasSize(1);
    }

    @Test
    void aGuestThatKeepsItsSectionsGetsTheRestWhenItGivesThemBack() {
        guest.up();
        int sections = 16 * 4096 / 1728;
        for (int i = 0; i < sections + 5; i++) {
            arrive(frame(MINE, OTHER, 46 + i));
        }
        List<GuestPacket> taken = guest.channel.receiveAll();
        assertThat(taken).hasSize(sections);
        assertThat(taken.stream().map(p -> HexFormat.of().formatHex(p.header())).distinct()).as("no section twice").hasSize(sections);
        guest.channel.complete(NetvscGuest.nvsp(108).array(), taken.get(3).transactionId());
        List<GuestPacket> more = guest.channel.receiveAll();
        assertThat(more).hasSize(1);
        assertThat(guest.take(more.getFirst(), 0)).hasSize(44 + 14 + 46 + sections);
        guest.channel.complete(NetvscGuest.nvsp(108).array(), 999_999);
        guest.channel.complete(NetvscGuest.nvsp(108).array(), taken.get(3).transactionId() + 1_000_000);
        assertThat(guest.channel.receiveAll()).as("what was never sent cannot be given back").isEmpty();
    }

    @Test
    void aGuestThatTakesNothingLosesFramesInsteadOfGrowingMemory() {
        guest.up();
        for (int i = 0; i < 5000; i++) {
            arrive(frame(MINE, OTHER, 46));
        }
        assertThat(adapter.dropped()).isGreaterThan(3000);
    }

    @Test
    void theCableCanBePulled() {
        guest.up();
        adapter.setLink(false);
        ByteBuffer m = ByteBuffer.wrap(guest.receive(1).getFirst()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(m.getInt(0)).isEqualTo(7);
        assertThat(m.getInt(8)).isEqualTo(0x4001000C);
        arrive(frame(MINE, OTHER, 46));
        guest.sendBySection(0, NetvscGuest.packet(frame(OTHER, MINE, 46)));
        assertThat(guest.receive(0)).isEmpty();
        assertThat(outside).isEmpty();
        adapter.setLink(true);
        assertThat(ByteBuffer.wrap(guest.receive(1).getFirst()).order(ByteOrder.LITTLE_ENDIAN).getInt(8)).isEqualTo(0x4001000B);
    }

    @Test
    void malformedMessagesGetAFailureAndSendNothing() {
        guest.up();
        byte[] message = NetvscGuest.packet(frame(OTHER, MINE, 46));
        assertThat(guest.ask(NetvscGuest.nvsp(107).putInt(8, 1_000_000).putInt(12, 100)).getInt(4)).as("no such section").isEqualTo(2);
        assertThat(guest.ask(NetvscGuest.nvsp(107).putInt(8, 0).putInt(12, -1)).getInt(4)).as("longer than a section").isEqualTo(2);
        for (int[] change : new int[][] {{0, 99}, {4, 20}, {4, -1}, {4, 4000}, {8, -8}, {8, 1 << 30}, {12, 1 << 30}, {12, 5}, {12, -1}}) {
            byte[] bad = message.clone();
            ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(change[0], change[1]);
            assertThat(guest.sendBySection(0, bad)).as("field %d = %d", change[0], change[1]).isEqualTo(2);
        }
        assertThat(guest.sendDirect(NetvscGuest.packet(frame(OTHER, MINE, 1600)))).as("longer than the MTU").isEqualTo(2);
        assertThat(outside).isEmpty();
        assertThat(guest.sendBySection(0, message)).as("and it goes on").isEqualTo(1);
    }

    @Test
    void queriesWhoseDataLeaveTheMessageAreRefused() {
        guest.up();
        ByteBuffer r = guest.control(NetvscGuest.rndis(5, 32).putInt(8, 3).putInt(12, 0x0001010E).putInt(16, 4).putInt(20, 4000));
        assertThat(r.getInt(12)).isEqualTo(0xC0010015);
        guest.command(NetvscGuest.rndis(4, 12));
        guest.command(NetvscGuest.rndis(77, 40));
        assertThat(guest.receive(1)).as("too short to be answered in full").hasSize(1);
        assertThat(guest.query(0x01010101, new byte[0])).as("still answers").isZero();
    }

    @Test
    void closingForgetsBuffersAndFramesAndTheChannelOpensAgain() {
        guest.up();
        for (int i = 0; i < 60; i++) {
            arrive(frame(MINE, OTHER, 46));
        }
        guest.channel.close();
        arrive(frame(MINE, OTHER, 46));
        var again = guest.guest.open(guest.channel.offer(), 8);
        assertThat(again.receiveAll()).isEmpty();
    }

    @Test
    void whatWaitsForAGuestIsStillThereAfterARestore() {
        guest.up();
        int sections = 16 * 4096 / 1728;
        for (int i = 0; i < sections + 2; i++) {
            arrive(frame(MINE, OTHER, 46 + i));
        }
        guest.command(NetvscGuest.rndis(4, 28).putInt(8, 4711).putInt(12, 0x01010101).putInt(20, 20));
        List<GuestPacket> taken = guest.channel.receiveAll().stream().filter(p -> p.type() == 7).toList();
        assertThat(taken).as("all sections are the guest's").hasSize(sections);

        var restored = new NetworkAdapter(MAC, 1500, new VirtualSwitch("lab", new TestClock()), "guest");
        restored.offered(channel);
        RecordedState.copy(adapter, restored);
        restored.spaceAvailable(channel);
        assertThat(guest.channel.receiveAll()).as("sections stay the guest's").isEmpty();
        guest.channel.writeSilently(GuestChannel.packet(11, new byte[0], NetvscGuest.nvsp(108).putInt(4, 1).array(), taken.get(0).transactionId(), false));
        guest.channel.writeSilently(GuestChannel.packet(11, new byte[0], NetvscGuest.nvsp(108).putInt(4, 1).array(), taken.get(1).transactionId(), false));
        guest.channel.writeSilently(GuestChannel.packet(11, new byte[0], NetvscGuest.nvsp(108).putInt(4, 1).array(), taken.get(2).transactionId(), false));
        restored.packetsAvailable(channel);

        List<GuestPacket> more = guest.channel.receiveAll();
        assertThat(more).hasSize(3);
        assertThat(guest.take(more.get(0), 0)).hasSize(44 + 14 + 46 + sections);
        assertThat(guest.take(more.get(1), 0)).hasSize(44 + 14 + 46 + sections + 1);
        ByteBuffer answer = ByteBuffer.wrap(guest.take(more.get(2), 1)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(answer.getInt(0)).isEqualTo(0x80000004);
        assertThat(answer.getInt(8)).isEqualTo(4711);
    }

    // ---- the station address -------------------------------------------------------------------------------------------------

    private static final int CURRENT_ADDRESS = 0x01010102;
    private static final int PARAMETER = 0x0001021B;
    private static final int REFUSED = 0xC0010003;
    private static final int INVALID = 0xC0010015;
    private static final String NEW = "02aabbccddee";

    /** The message by which Linux' driver sets the address: name and value are UTF-16 without an end. */
    private static byte[] parameter(String name, int type, String value) {
        byte[] n = name.getBytes(StandardCharsets.UTF_16LE);
        byte[] v = value.getBytes(StandardCharsets.UTF_16LE);
        return ByteBuffer.allocate(20 + n.length + v.length).order(ByteOrder.LITTLE_ENDIAN).putInt(20).putInt(n.length).putInt(type).putInt(20 + n.length)
                .putInt(v.length).put(n).put(v).array();
    }

    private void answersTo(String current) {
        assertThat(guest.query(CURRENT_ADDRESS, new byte[0])).isZero();
        assertThat(guest.queried).isEqualTo(HexFormat.of().parseHex(current));
        assertThat(guest.query(0x01010101, new byte[0])).isZero();
        assertThat(guest.queried).as("permanent").isEqualTo(HexFormat.of().parseHex(MINE));
    }

    private int received(String to) {
        arrive(frame(to, OTHER, 50));
        return guest.receive(0).size();
    }

    @Test
    void aGuestMayGiveItselfAnotherAddress() {
        guest.up();
        answersTo(MINE);
        assertThat(received(NEW)).isZero();
        assertThat(guest.set(PARAMETER, parameter("NetworkAddress", 2, "02AABBCCDDEE"))).isZero();
        answersTo(NEW);
        assertThat(received(NEW)).isEqualTo(1);
        assertThat(received(MINE)).as("a system that starts anew uses it").isEqualTo(1);
        assertThat(guest.set(CURRENT_ADDRESS, HexFormat.of().parseHex("02aabbccdd01"))).isZero();
        assertThat(received(NEW)).isZero();
        var restored = new RndisControl(MAC, 1500, 1);
        var before = new RndisControl(MAC, 1500, 1);
        before.answer(NetvscGuest.rndis(5, 34).putInt(12, CURRENT_ADDRESS).putInt(16, 6).putInt(20, 20).put(28, HexFormat.of().parseHex(NEW)).array(), 34);
        RecordedState.copy(before, restored);
        assertThat(restored.answer(NetvscGuest.rndis(4, 28).putInt(12, CURRENT_ADDRESS).array(), 28)).endsWith(HexFormat.of().parseHex(NEW));
    }

    @Test
    void onlyAddressesOfOneStationAreTaken() {
        guest.up();
        for (String bad : new String[] {"01AABBCCDDEE", "000000000000", "FFFFFFFFFFFF", "02AABBCCDD", "02AABBCCDDEX", ""}) {
            assertThat(guest.set(PARAMETER, parameter("NetworkAddress", 2, bad))).as(bad).isEqualTo(INVALID);
        }
        assertThat(guest.set(PARAMETER, parameter("NetworkAddress", 0, "02AABBCCDDEE"))).as("a number").isEqualTo(INVALID);
        assertThat(guest.set(PARAMETER, parameter("Speed", 2, "9"))).isEqualTo(0xC00000BB);
        assertThat(guest.set(PARAMETER, new byte[19])).isEqualTo(INVALID);
        byte[] beyond = parameter("NetworkAddress", 2, "02AABBCCDDEE");
        beyond[12] = -1;
        beyond[15] = -1;
        assertThat(guest.set(PARAMETER, beyond)).isEqualTo(INVALID);
        assertThat(guest.set(CURRENT_ADDRESS, new byte[5])).isEqualTo(INVALID);
        answersTo(MINE);
    }

    @Test
    void aPortThatForbidsItHoldsTheGuestToItsAddress() {
        adapter.forbidOtherAddresses();
        guest.up();
        assertThat(guest.set(PARAMETER, parameter("NetworkAddress", 2, "02AABBCCDDEE"))).isEqualTo(REFUSED);
        assertThat(guest.set(CURRENT_ADDRESS, HexFormat.of().parseHex(NEW))).isEqualTo(REFUSED);
        assertThat(guest.set(PARAMETER, parameter("networkaddress", 2, MINE))).as("its own").isZero();
        answersTo(MINE);
        outside.clear();
        guest.sendDirect(NetvscGuest.packet(frame(OTHER, NEW, 50)));
        assertThat(outside).isEmpty();
        assertThat(adapter.port().framesRefused()).isEqualTo(1);
        guest.sendDirect(NetvscGuest.packet(frame(OTHER, MINE, 50)));
        assertThat(outside).hasSize(1);
    }
}
