package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualSwitchTest {

    private static final String A = "001500000001";
    private static final String B = "001500000002";
    private static final String BROADCAST = "ffffffffffff";

    private final TestClock clock = new TestClock();
    private final VirtualSwitch network = new VirtualSwitch("lab", clock);
    private final List<String> seen = new ArrayList<>();
    private final VirtualSwitch.Port a = port("a");
    private final VirtualSwitch.Port b = port("b");
    private final VirtualSwitch.Port c = port("c");

    private VirtualSwitch.Port port(String name) {
        return network.connect(name, (bytes, offset, length) -> seen.add(name + ":" + bytes[offset + length - 1]));
    }

    private static void send(VirtualSwitch.Port from, String to, String source, int mark) {
        byte[] frame = HexFormat.of().parseHex(to + source + "0800" + "%02x".formatted(mark));
        byte[] shifted = new byte[frame.length + 5];
        System.arraycopy(frame, 0, shifted, 5, frame.length);
        from.send(shifted, 5, frame.length);
    }

    private List<String> takeSeen() {
        List<String> all = List.copyOf(seen);
        seen.clear();
        return all;
    }

    @Test
    void anUnknownStationIsLookedForEverywhereButAtTheSender() {
        send(a, B, A, 1);
        assertThat(takeSeen()).containsExactly("b:1", "c:1");
    }

    @Test
    void aKnownStationAloneGetsItsFrames() {
        send(b, BROADCAST, B, 1);
        assertThat(takeSeen()).containsExactly("a:1", "c:1");
        send(a, B, A, 2);
        assertThat(takeSeen()).containsExactly("b:2");
        send(b, A, B, 3);
        assertThat(takeSeen()).containsExactly("a:3");
    }

    /** Other processes of the host come and go: a machine is restored among others than those it was saved among. */
    @Test
    void uplinksAreNoStateOfTheMachines() {
        var saved = new VirtualSwitch("lab", clock);
        VirtualSwitch.Port host = saved.connectUplink("host", (bytes, offset, length) -> { });
        saved.connect("a", (bytes, offset, length) -> { });
        VirtualSwitch.Port second = saved.connect("b", (bytes, offset, length) -> { });
        saved.connect("c", (bytes, offset, length) -> { });
        send(host, BROADCAST, A, 1);
        send(second, BROADCAST, B, 1);
        var out = new SectionWriter();
        saved.save(out);
        network.connectUplink("first", (bytes, offset, length) -> seen.add("first"));
        network.connectUplink("other", (bytes, offset, length) -> seen.add("other"));
        network.restore(new SectionReader(out.toBytes()));
        send(c, B, "001500000003", 2);
        assertThat(takeSeen()).as("a station of the machine's own is where it was").containsExactly("b:2");
        send(c, A, "001500000003", 3);
        assertThat(takeSeen()).as("who was behind an uplink is looked for").containsExactly("a:3", "b:3", "first", "other");
    }

    @Test
    void aStationThatMovesIsFoundAtItsNewPort() {
        send(b, BROADCAST, B, 1);
        send(c, BROADCAST, B, 2);
        takeSeen();
        send(a, B, A, 3);
        assertThat(takeSeen()).containsExactly("c:3");
    }

    @Test
    void aFrameForTheSendersOwnPortGoesNowhere() {
        send(a, BROADCAST, A, 1);
        takeSeen();
        send(a, A, B, 2);
        assertThat(takeSeen()).isEmpty();
    }

    @Test
    void whoWasSilentForFiveMinutesIsLookedForAgain() {
        send(b, BROADCAST, B, 1);
        takeSeen();
        clock.advance(299_000_000_000L);
        send(a, B, A, 2);
        assertThat(takeSeen()).containsExactly("b:2");
        clock.advance(2_000_000_000L);
        send(a, B, A, 3);
        assertThat(takeSeen()).containsExactly("b:3", "c:3");
    }

    @Test
    void aGroupAddressIsNeverLearned() {
        send(b, BROADCAST, "011500000002", 1);
        takeSeen();
        send(a, "011500000002", A, 2);
        assertThat(takeSeen()).containsExactly("b:2", "c:2");
    }

    @Test
    void aPortThatWasUnpluggedGetsNothingAndIsForgotten() {
        send(b, BROADCAST, B, 1);
        takeSeen();
        b.disconnect();
        send(a, B, A, 2);
        assertThat(takeSeen()).containsExactly("c:2");
    }

    @Test
    void framesWithoutAWholeHeaderAreDropped() {
        a.send(new byte[13], 0, 13);
        assertThat(takeSeen()).isEmpty();
        assertThat(a.framesIn()).isZero();
    }

    @Test
    void portsCountFramesAndBytesOfBothDirectionsAndShowThemToAWatcher() {
        List<String> watched = new ArrayList<>();
        b.watch((fromStation, bytes, offset, length) -> watched.add((fromStation ? "from " : "for ") + bytes[offset + length - 1]));
        send(a, BROADCAST, A, 1);
        send(b, A, B, 2);
        assertThat(watched).containsExactly("for 1", "from 2");
        assertThat(b.framesOut()).isEqualTo(1);
        assertThat(b.bytesOut()).isEqualTo(15);
        assertThat(b.framesIn()).isEqualTo(1);
        assertThat(a.framesOut()).isEqualTo(1);
    }

    @Test
    void aGuestThatInventsAddressesDoesNotPushTheOthersOut() {
        send(b, BROADCAST, B, 1);
        for (int i = 0; i < 10_000; i++) {
            send(c, BROADCAST, "%012x".formatted(0x0216_0000_0000L + i), 0);
        }
        takeSeen();
        send(a, B, A, 7);
        assertThat(takeSeen()).containsExactly("b:7");
    }

    // ---- VLANs and mirrors ---------------------------------------------------------------------------------------------

    private static void raw(VirtualSwitch.Port from, String hex) {
        byte[] frame = HexFormat.of().parseHex(hex);
        byte[] shifted = new byte[frame.length + 3];
        System.arraycopy(frame, 0, shifted, 3, frame.length);
        from.send(shifted, 3, frame.length);
    }

    private VirtualSwitch.Port whole(String name) {
        return network.connect(name, (bytes, offset, length) -> seen.add(name + ":" + HexFormat.of().formatHex(bytes, offset, offset + length)));
    }

    private static BitSet of(int... ids) {
        var set = new BitSet();
        for (int id : ids) {
            set.set(id);
        }
        return set;
    }

    /** Access ports of one VLAN hear each other without tags, a trunk hears them with theirs, and others hear nothing. */
    @Test
    void vlansKeepStationsApart() {
        List.of(a, b, c).forEach(VirtualSwitch.Port::disconnect);
        VirtualSwitch.Port ten = whole("ten");
        VirtualSwitch.Port alsoTen = whole("also-ten");
        VirtualSwitch.Port twenty = whole("twenty");
        VirtualSwitch.Port trunk = whole("trunk");
        VirtualSwitch.Port plain = whole("plain");
        ten.vlans(PortVlans.access(10));
        alsoTen.vlans(PortVlans.access(10));
        twenty.vlans(PortVlans.access(20));
        trunk.vlans(new PortVlans(30, of(10, 20)));
        String head = BROADCAST + A;
        raw(ten, head + "0800aa");
        assertThat(takeSeen()).containsExactly("also-ten:" + head + "0800aa", "trunk:" + head + "8100000a0800aa", "plain:" + head + "8100000a0800aa");
        raw(trunk, head + "810000140800bb");
        assertThat(takeSeen()).containsExactly("twenty:" + head + "0800bb", "plain:" + head + "810000140800bb");
        raw(trunk, head + "0800cc");
        assertThat(takeSeen()).as("its native VLAN").containsExactly("plain:" + head + "8100001e0800cc");
        raw(trunk, head + "810000280800dd");
        raw(ten, head + "810000140800dd");
        assertThat(takeSeen()).as("VLANs that they do not belong to").isEmpty();
        assertThat(trunk.framesRefused()).isOne();
        assertThat(ten.framesRefused()).isOne();
        raw(ten, head + "8100a0000800ee");
        assertThat(takeSeen()).as("a priority is no VLAN").hasSize(3);
        raw(plain, head + "8100000a0800ff");
        assertThat(takeSeen()).containsExactly("ten:" + head + "0800ff", "also-ten:" + head + "0800ff", "trunk:" + head + "8100000a0800ff");
    }

    /** The same address may be somewhere else in another VLAN. */
    @Test
    void addressesAreLearnedInEachVlan() {
        a.vlans(PortVlans.access(10));
        b.vlans(PortVlans.access(20));
        send(a, BROADCAST, A, 1);
        send(b, BROADCAST, A, 2);
        takeSeen();
        raw(c, A + B + "8100000a080003");
        assertThat(takeSeen()).containsExactly("a:3");
        raw(c, A + B + "81000014080004");
        assertThat(takeSeen()).containsExactly("b:4");
        raw(c, A + B + "080005");
        assertThat(takeSeen()).as("nobody else is in the VLAN without a tag").isEmpty();
    }

    /** A mirror sees what a mirrored station sends and gets, once, and is a station as any other besides. */
    @Test
    void aMirrorSeesWhatTheMirroredSendAndGet() {
        a.mirror(VirtualSwitch.Mirror.SOURCE);
        c.mirror(VirtualSwitch.Mirror.DESTINATION);
        send(a, BROADCAST, A, 1);
        assertThat(takeSeen()).containsExactly("b:1", "c:1");
        send(b, A, B, 2);
        assertThat(takeSeen()).containsExactly("a:2", "c:2");
        send(a, B, A, 3);
        assertThat(takeSeen()).containsExactly("b:3", "c:3");
        VirtualSwitch.Port d = port("d");
        send(d, B, "001500000009", 4);
        assertThat(takeSeen()).as("neither is mirrored").containsExactly("b:4");
        send(c, BROADCAST, "001500000003", 5);
        assertThat(takeSeen()).containsExactly("a:5", "b:5", "d:5");
        send(a, "001500000003", A, 6);
        assertThat(takeSeen()).as("its own frame comes once").containsExactly("c:6");
        a.vlans(PortVlans.access(10));
        send(a, BROADCAST, A, 7);
        assertThat(takeSeen()).as("of whatever VLAN").contains("c:7");
    }
}
