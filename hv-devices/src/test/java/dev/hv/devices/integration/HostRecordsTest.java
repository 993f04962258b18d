package dev.hv.devices.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.integration.HostRecords.Parameter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the host writes into the guest's third pool, and when. */
class HostRecordsTest {

    private static final int PAYLOAD = 28;
    private static final int REFUSED = 0x8000_4005;
    private static final long SECOND = 1_000_000_000L;
    private static final List<Parameter> RECORDS = List.of(new Parameter("HostName", "here"), new Parameter("VirtualMachineName", "a"));

    private final IcGuest guest = new IcGuest();
    private final KeyValuePairs pairs = new KeyValuePairs(guest.clock());
    private final HostRecords records = new HostRecords(guest.clock(), pairs, RECORDS);

    private void open() {
        guest.open(pairs);
        guest.agree(3, 4, 0);
    }

    /** Takes a message that writes a record, and answers it. */
    private void write(String key, String value, int status) {
        ByteBuffer m = guest.expect(2);
        assertThat(m.get(PAYLOAD)).as("set").isEqualTo((byte) 1);
        assertThat(m.get(PAYLOAD + 1)).as("pool").isEqualTo((byte) 3);
        assertThat(text(m, PAYLOAD + 16, m.getInt(PAYLOAD + 8))).isEqualTo(key + "\0");
        assertThat(text(m, PAYLOAD + 528, m.getInt(PAYLOAD + 12))).isEqualTo(value + "\0");
        guest.send(IcGuest.answer(m, status, 0));
    }

    private static String text(ByteBuffer m, int at, int bytes) {
        return new String(m.array(), at, bytes, StandardCharsets.UTF_16LE);
    }

    @Test
    void allAreWrittenOneAfterTheOtherWhenAGuestConnects() {
        open();
        write("HostName", "here", 0);
        write("VirtualMachineName", "a", 0);
        assertThat(guest.message()).isNull();
        guest.clock().advance(1000 * SECOND);
        assertThat(guest.message()).as("once is enough").isNull();
    }

    @Test
    void whatIsRefusedIsTriedAgainLaterAndLater() {
        open();
        write("HostName", "here", REFUSED);
        guest.clock().advance(4 * SECOND);
        assertThat(guest.message()).isNull();
        guest.clock().advance(SECOND);
        write("HostName", "here", REFUSED);
        guest.clock().advance(9 * SECOND);
        assertThat(guest.message()).isNull();
        guest.clock().advance(SECOND);
        write("HostName", "here", 0);
        write("VirtualMachineName", "a", 0);
    }

    @Test
    void aGuestThatFallsSilentIsAskedAgainWhenItAnswersAfterAll() {
        open();
        ByteBuffer first = guest.expect(2);
        guest.clock().advance(16 * SECOND);
        guest.clock().advance(60 * SECOND);
        assertThat(guest.message()).as("one message at a time").isNull();
        guest.send(IcGuest.answer(first, 0, 0));
        guest.clock().advance(14 * SECOND);
        write("HostName", "here", 0);
        write("VirtualMachineName", "a", 0);
    }

    @Test
    void theNextGuestGetsThemAnew() {
        open();
        write("HostName", "here", 0);
        guest.close();
        guest.clock().advance(100 * SECOND);
        var next = new IcGuest();
        var again = new KeyValuePairs(next.clock());
        new HostRecords(next.clock(), again, RECORDS);
        next.open(again);
        next.agree(3, 4, 0);
        assertThat(next.expect(2).get(PAYLOAD + 1)).isEqualTo((byte) 3);
    }

    @Test
    void aRestoredHostGetsTheAnswerToWhatWasUnderWay() {
        open();
        write("HostName", "here", 0);
        ByteBuffer question = guest.expect(2);
        assertThat(question.get(PAYLOAD + 1)).isEqualTo((byte) 3);

        var next = new HostRecordsTest();
        next.open();
        next.write("HostName", "here", 0);
        next.write("VirtualMachineName", "a", 0);
        RecordedState.copy(pairs, next.pairs);
        RecordedState.copy(records, next.records);
        assertThat(next.guest.message()).as("nothing is asked twice").isNull();
        next.guest.send(IcGuest.answer(question, REFUSED, 16));
        next.guest.clock().advance(5 * SECOND);
        next.write("VirtualMachineName", "a", 0);
    }
}
