package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.VirtualSwitch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

@Timeout(60)
class PasstTest {

    static boolean installed() {
        return Arrays.stream(System.getenv("PATH").split(":")).anyMatch(p -> Files.isExecutable(Path.of(p, "passt")));
    }

    /** A DHCP DISCOVER (RFC 2131) in UDP, IPv4 and Ethernet. */
    private static byte[] discover() {
        ByteBuffer f = ByteBuffer.allocate(14 + 20 + 8 + 300);
        f.put(HexFormat.of().parseHex("ffffffffffff" + "00155d000009" + "0800"));
        // total length 328, UDP, from 0.0.0.0 to everybody; the check sum worked out by hand
        f.put(HexFormat.of().parseHex("45000148" + "00000000" + "401179a6" + "00000000" + "ffffffff"));
        f.putShort((short) 68).putShort((short) 67).putShort((short) 308).putShort((short) 0);
        f.put(HexFormat.of().parseHex("01010600" + "12345678" + "00008000"));
        f.put(14 + 20 + 8 + 28, HexFormat.of().parseHex("00155d000009"));
        f.put(14 + 20 + 8 + 236, HexFormat.of().parseHex("63825363" + "350101" + "ff"));
        return f.array();
    }

    @Test
    @EnabledIf("installed")
    void aStationGetsAnAddressOffered() throws Exception {
        TestMachine machine = new TestMachine(9);
        var answers = new LinkedBlockingQueue<byte[]>();
        VirtualSwitch.Port station = machine.network.connect("asking", (b, at, n) -> answers.add(Arrays.copyOfRange(b, at, at + n)));
        try (var passt = Passt.start(machine.network, List.of(), Outside.live(machine.actions::add), () -> { })) {
            byte[] question = discover();
            station.send(question, 0, question.length);
            machine.runUntil(() -> answers.stream().anyMatch(PasstTest::offer));
            assertThat(passt).isNotNull();
        }
        assertThat(List.copyOf(answers)).anyMatch(PasstTest::offer);
    }

    @Test
    @EnabledIf("installed")
    void aRunningMachineDoesNotWaitForIt() throws Exception {
        TestMachine machine = new TestMachine(11);
        var answers = new LinkedBlockingQueue<byte[]>();
        VirtualSwitch.Port station = machine.network.connect("asking", (b, at, n) -> answers.add(Arrays.copyOfRange(b, at, at + n)));
        var failures = new LinkedBlockingQueue<IOException>();
        try (var passt = Passt.startBeside(machine.network, List.of(), Outside.live(machine.actions::add), () -> { }, failures::add)) {
            assertThat(passt).isNotNull();
            machine.runUntil(() -> machine.ran > 0);
            byte[] question = discover();
            station.send(question, 0, question.length);
            machine.runUntil(() -> answers.stream().anyMatch(PasstTest::offer));
        }
        assertThat(failures).isEmpty();
    }

    @Test
    @EnabledIf("installed")
    void aStartThatFailsIsToldLater() throws Exception {
        TestMachine machine = new TestMachine(12);
        var failures = new LinkedBlockingQueue<IOException>();
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var passt = Passt.startBeside(machine.network, List.of(new Passt.Forward(false, taken.getLocalPort(), 22)), Outside.live(machine.actions::add), () -> { }, failures::add)) {
            assertThat(passt).isNotNull();
            machine.runUntil(() -> !failures.isEmpty());
        }
        assertThat(failures.remove()).hasMessageContaining("passt does not start");
    }

    @Test
    @EnabledIf("installed")
    void aPortOfTheHostLeadsToTheGuest() throws Exception {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        TestMachine machine = new TestMachine(10);
        var seen = new LinkedBlockingQueue<byte[]>();
        VirtualSwitch.Port station = machine.network.connect("serving", (b, at, n) -> seen.add(Arrays.copyOfRange(b, at, at + n)));
        try (var passt = Passt.start(machine.network, List.of(new Passt.Forward(false, port, 22)), Outside.live(machine.actions::add), () -> { });
                var client = new Socket()) {
            assertThat(passt).isNotNull();
            byte[] question = discover();
            station.send(question, 0, question.length);
            machine.runUntil(() -> seen.stream().anyMatch(PasstTest::offer));
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            // the connection's first segment, for port 22
            machine.runUntil(() -> seen.stream().anyMatch(f -> f.length >= 54 && f[12] == 8 && f[13] == 0 && f[23] == 6 && f[36] == 0 && f[37] == 22 && (f[47] & 2) != 0));
        }
        // frames came, or the wait above would have failed
        assertThat(seen).isNotEmpty();
    }

    /** Whether a frame is a DHCP answer to the question above. */
    private static boolean offer(byte[] f) {
        return f.length > 282 && f[23] == 17 && ByteBuffer.wrap(f).getShort(34) == 67 && f[42] == 2 && ByteBuffer.wrap(f).getInt(46) == 0x12345678
                && ByteBuffer.wrap(f).getInt(58) != 0;
    }
}
