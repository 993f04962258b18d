package dev.hv.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The host's side against a guest that is played here, over the serial line. */
class HostAgentTest {

    private record Frame(int kind, int stream, byte[] payload) {}

    private final ManualClock clock = new ManualClock();
    private final List<Frame> sent = new ArrayList<>();
    private final LineFrames guest = new LineFrames((kind, stream, b, at, n) -> sent.add(new Frame(kind, stream, Arrays.copyOfRange(b, at, at + n))));
    private final HostAgent agent = new HostAgent(clock, null, bytes -> {
        for (byte b : bytes) {
            guest.take(b & 0xFF);
        }
    });
    private int offset;

    private void give(byte[] bytes) {
        for (byte b : bytes) {
            agent.received(b & 0xFF);
        }
    }

    private void hello(int version) {
        give(LineFrames.frame(LineFrames.HELLO, 0, number(version), 0, 4));
    }

    private static byte[] number(int n) {
        byte[] b = new byte[4];
        LittleEndian.put32(b, 0, n);
        return b;
    }

    /** Bytes of the stream that was opened last. */
    private void data(byte[] bytes) {
        byte[] payload = new byte[4 + bytes.length];
        LittleEndian.put32(payload, 0, offset);
        System.arraycopy(bytes, 0, payload, 4, bytes.length);
        offset += bytes.length;
        give(LineFrames.frame(LineFrames.DATA, stream(), payload, 0, payload.length));
    }

    private int stream() {
        return sent.stream().filter(f -> f.kind == LineFrames.OPEN).reduce((a, b) -> b).orElseThrow().stream;
    }

    private Heard started() {
        var heard = new Heard();
        hello(AgentProtocol.VERSION);
        agent.run(GuestCommand.shell("x", 0), heard);
        data(MessageReader.message(AgentProtocol.STARTED, number(77)));
        return heard;
    }

    @Test
    void requestsWaitForTheAgentAndLineNoiseIsPassedOver() {
        var heard = new Heard();
        agent.run(GuestCommand.shell("x", 0), heard);
        assertThat(sent).isEmpty();
        give("\n[    1.5] kernel text \u00a5Z and more".getBytes(StandardCharsets.ISO_8859_1));
        hello(AgentProtocol.VERSION);
        assertThat(sent).extracting(Frame::kind).startsWith(LineFrames.ACKNOWLEDGE, LineFrames.OPEN, LineFrames.DATA);
        give(new byte[] {(byte) 0xA5, 0x5A, 4});
        data(MessageReader.message(AgentProtocol.STARTED, number(1)));
        byte[] out = MessageReader.message(AgentProtocol.OUTPUT, "hello".getBytes(StandardCharsets.US_ASCII));
        data(Arrays.copyOf(out, 5));
        data(Arrays.copyOfRange(out, 5, out.length));
        data(MessageReader.message(AgentProtocol.ERROR, new byte[] {'e'}));
        data(MessageReader.message(AgentProtocol.EXITED, number(3)));
        assertThat(heard.text()).isEqualTo("hello");
        assertThat(heard.error.toString()).isEqualTo("e");
        assertThat(heard.status).isEqualTo(3);
        assertThat(heard.ends).isOne();
        assertThat(clock.waiting()).isZero();
        assertThat(sent.getLast().kind).isEqualTo(LineFrames.CLOSE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0000008013000100 | a message of 2147483648 bytes",
        "ffffffff13000100 | a message of 4294967295 bytes",
        "0100010013000100 | a message of 65537 bytes",
        "0000000013000700 | a message of version 7",
        "040000001300010000010000 | a status that none is: 256",
        "0400000013000100ffffffff | a status that none is: -1",
        "0100000013000100ff | a status that none is",
        "0400000016000100ffffff7f | more input was taken than given",
        "0400000016000100ffffffff | more input was taken than given",
        "0000000015000100 | message 21 of a program",
        "000000009a020100 | message 666 of a program",
    })
    void nonsenseIsAFailedRequest(String hex, String why) {
        Heard heard = started();
        data(HexFormat.of().parseHex(hex));
        assertThat(heard.failure).contains(why);
        assertThat(heard.ends).isOne();
        assertThat(sent.getLast().kind).isEqualTo(LineFrames.CLOSE);
    }

    @Test
    void whatTheGuestGivesAsReasonIsALineOfPlainCharacters() {
        Heard heard = started();
        data(MessageReader.message(AgentProtocol.FAILED, "a\n\u001b[31mb\u0000".repeat(90).getBytes(StandardCharsets.ISO_8859_1)));
        assertThat(heard.failure).hasSizeLessThanOrEqualTo(200).matches("[ -~]+").startsWith("a??[31mb?");
    }

    @Test
    void bytesThatTheLineLostEndTheRequestAndNotTheNext() {
        Heard heard = started();
        offset += 3;
        data(new byte[] {1});
        assertThat(heard.failure).contains("lost");
        offset = 0;
        Heard next = started();
        data(MessageReader.message(AgentProtocol.EXITED, number(0)));
        assertThat(next.status).isZero();
    }

    @Test
    void silenceEndsWhatOwesAnAnswer() {
        hello(AgentProtocol.VERSION);
        var results = new ArrayList<AgentResult<?>>();
        agent.get("/f", results::add);
        agent.put(new byte[9], "/f", 0644, results::add);
        var heard = new Heard();
        agent.run(GuestCommand.shell("x", 5 * Clock.SECOND), heard);
        offset = 0;
        data(MessageReader.message(AgentProtocol.STARTED, number(1)));
        clock.advance(20 * Clock.SECOND);
        assertThat(heard.failure).contains("said nothing");
        clock.advance(50 * Clock.SECOND);
        assertThat(results).hasSize(2).noneMatch(AgentResult::ok);
        assertThat(clock.waiting()).isZero();
    }

    @Test
    void notMoreInputThanTheWindowIsUnderWay() {
        hello(AgentProtocol.VERSION);
        var heard = new Heard();
        agent.put(new byte[1 << 20], "/f", 0644, r -> heard.failure = r.failure());
        assertThat(sent.stream().filter(f -> f.kind == LineFrames.DATA).mapToInt(f -> f.payload.length - 4).sum()).isEqualTo(LineFrames.WINDOW);
        give(LineFrames.frame(LineFrames.WINDOW_OPENS, stream(), number(1000), 0, 4));
        assertThat(sent.stream().filter(f -> f.kind == LineFrames.DATA).mapToInt(f -> f.payload.length - 4).sum()).isEqualTo(LineFrames.WINDOW + 1000);
        give(LineFrames.frame(LineFrames.WINDOW_OPENS, stream(), number(1 << 20), 0, 4));
        assertThat(heard.failure).contains("took more than it was sent");
    }

    @Test
    void aGuestThatEndsOrBeginsAnewFailsWhatWasAsked() {
        Heard heard = started();
        agent.reset();
        assertThat(heard.failure).isEqualTo("the guest was reset");
        var waits = new Heard();
        agent.run(GuestCommand.shell("y", 0), waits);
        agent.end("the guest powered off");
        assertThat(waits.failure).isEqualTo("the guest powered off");
        agent.run(GuestCommand.shell("y", 0), waits);
        assertThat(waits.ends).isEqualTo(2);
    }

    @Test
    void anAgentOfAnotherVersionIsNamed() {
        var heard = new Heard();
        agent.run(GuestCommand.shell("x", 0), heard);
        hello(9);
        assertThat(heard.failure).contains("version 9");
    }

    @Test
    void requestsThatCannotBeMadeAreRefusedAtOnce() {
        hello(AgentProtocol.VERSION);
        var results = new ArrayList<String>();
        agent.get("relative", r -> results.add(r.failure()));
        agent.await("/" + "x".repeat(5000), 1, r -> results.add(r.failure()));
        var heard = new Heard();
        agent.run(GuestCommand.shell("x".repeat(70_000), 0), heard);
        assertThat(results).hasSize(2).doesNotContainNull();
        assertThat(heard.failure).contains("longer than");
        for (int i = 0; i < SerialLine.MOST_STREAMS; i++) {
            agent.get("/f", r -> { });
        }
        agent.get("/f", r -> results.add(r.failure()));
        assertThat(results).hasSize(3).doesNotContainNull();
    }
}
