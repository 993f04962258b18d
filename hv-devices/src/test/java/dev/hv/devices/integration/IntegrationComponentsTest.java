package dev.hv.devices.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.devices.integration.Heartbeat.Health;
import dev.hv.devices.integration.KeyValuePairs.Answer;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import dev.hv.vmbus.guest.TestClock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IntegrationComponentsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int PAYLOAD = 28;
    private static final int FAIL = 0x8000_4005;

    private final IcGuest guest = new IcGuest();
    private final TestClock clock = guest.clock();

    @Test
    void theGuidsAreThoseThatGuestsLookFor() {
        assertThat(new Heartbeat(clock).offer().interfaceId().toString()).isEqualTo("57164f39-9115-4e78-ab55-382f3bd5422d");
        assertThat(new Shutdown(clock).offer().interfaceId().toString()).isEqualTo("0e0b6031-5213-4934-818b-38d90ced39db");
        assertThat(new TimeSync(clock, () -> 0).offer().interfaceId().toString()).isEqualTo("9527e630-d0ae-497b-adce-e80ab0175caf");
        assertThat(new KeyValuePairs(clock).offer().interfaceId().toString()).isEqualTo("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6");
        assertThat(new Shutdown(clock).offer().pipe()).isTrue();
    }

    @Test
    void negotiationOffersBothFrameworksAndAllMessageVersionsMajorNumberFirst() {
        guest.open(new Shutdown(clock));

        ByteBuffer m = guest.expect(0);

        assertThat(m.getShort(PAYLOAD)).isEqualTo((short) 2);
        assertThat(m.getShort(PAYLOAD + 2)).isEqualTo((short) 4);
        List<Integer> versions = new ArrayList<>();
        for (int at = PAYLOAD + 8; at < PAYLOAD + 8 + 24; at += 4) {
            versions.add(m.getShort(at) * 10 + m.getShort(at + 2));
        }
        assertThat(versions).containsExactly(10, 30, 10, 30, 31, 32);
        assertThat(m.get(25)).as("request and transaction").isEqualTo((byte) 3);
    }

    @Test
    void theHeartIsHeardAndMissed() {
        var heartbeat = new Heartbeat(clock);
        guest.open(heartbeat);
        assertThat(heartbeat.health()).isEqualTo(Health.NO_CONTACT);
        guest.agree(3, 3, 0);
        for (long number = 0; number < 6; number += 2) {
            ByteBuffer beat = guest.expect(1);
            assertThat(beat.getLong(PAYLOAD)).isEqualTo(number);
            guest.send(IcGuest.answer(beat, 0, 40).putLong(PAYLOAD, number + 1));
            assertThat(heartbeat.health()).isEqualTo(Health.OK);
            clock.advance(2 * SECOND);
        }
        assertThat(heartbeat.answers()).isEqualTo(3);

        clock.advance(20 * SECOND);
        assertThat(heartbeat.health()).isEqualTo(Health.LOST);

        // the late answer, and the next beat
        guest.send(IcGuest.answer(guest.expect(1), 0, 40));
        ByteBuffer again = guest.expect(1);
        guest.send(IcGuest.answer(again, 0, 40).putLong(PAYLOAD, again.getLong(PAYLOAD) + 1));
        assertThat(heartbeat.health()).isEqualTo(Health.OK);
        guest.close();
        assertThat(heartbeat.health()).isEqualTo(Health.NO_CONTACT);
    }

    @Test
    void aGuestThatEchoesBeatsUnchangedIsNotAlive() {
        var heartbeat = new Heartbeat(clock);
        guest.open(heartbeat);
        guest.agree(3, 3, 0);
        for (int i = 0; i < 8; i++) {
            guest.send(IcGuest.answer(guest.expect(1), 0, 40));
            clock.advance(2 * SECOND);
        }
        assertThat(heartbeat.health()).isEqualTo(Health.LOST);
        assertThat(heartbeat.answers()).isZero();
    }

    @Test
    void shutdownAsksOnceAndHandsTheAnswerOn() {
        var shutdown = new Shutdown(clock);
        List<Integer> results = new ArrayList<>();
        assertThat(shutdown.request(Shutdown.Kind.POWER_OFF, true, "early", results::add)).isFalse();
        guest.open(shutdown);
        guest.agree(3, 3, 1);
        assertThat(shutdown.request(Shutdown.Kind.HIBERNATE, false, "needs 3.2", results::add)).isFalse();

        assertThat(shutdown.request(Shutdown.Kind.RESTART, true, "because", results::add)).isTrue();
        assertThat(shutdown.request(Shutdown.Kind.POWER_OFF, true, "two at a time", results::add)).isFalse();

        ByteBuffer m = guest.expect(3);
        assertThat(m.getInt(PAYLOAD + 8)).as("force and restart").isEqualTo(3);
        assertThat(new String(m.array(), PAYLOAD + 12, 8, StandardCharsets.US_ASCII)).isEqualTo("because\0");
        guest.send(IcGuest.answer(m, 0x8007_0032, 0));
        guest.send(IcGuest.answer(m, 0, 0));
        assertThat(results).containsExactly(0x8007_0032);
    }

    @Test
    void whoWaitsIsToldWhenTheGuestGoesOrDoesNotAnswer() {
        var shutdown = new Shutdown(clock);
        List<Integer> results = new ArrayList<>();
        guest.open(shutdown);
        guest.agree(1, 1, 0);
        shutdown.request(Shutdown.Kind.POWER_OFF, false, "", results::add);
        clock.advance(16 * SECOND);
        assertThat(results).containsExactly(FAIL);
        guest.send(IcGuest.answer(guest.expect(3), 0, 0));
        assertThat(results).hasSize(1);
        assertThat(shutdown.request(Shutdown.Kind.POWER_OFF, false, "", results::add)).isTrue();
        guest.close();
        assertThat(results).containsExactly(FAIL, FAIL);
    }

    @Test
    void timeIsSetAtTheStartThenSampledAndSetAgainWhenAsked() {
        var sync = new TimeSync(clock, () -> 4711);
        guest.open(sync);
        guest.agree(3, 4, 0);
        clock.advance(0);
        ByteBuffer first = guest.expect(4);
        // units of 100 ns since 1601; 11 644 473 600 s lie between 1601 and 1970
        assertThat(first.getLong(PAYLOAD)).isEqualTo((clock.bootEpochSeconds() + 11_644_473_600L) * 10_000_000L + clock.nanos() / 100);
        assertThat(first.getLong(PAYLOAD + 8)).isEqualTo(4711);
        assertThat(first.get(PAYLOAD + 16)).as("set the clock").isEqualTo((byte) 1);
        guest.send(IcGuest.answer(first, 0, 0));
        clock.advance(5 * SECOND);
        ByteBuffer sample = guest.expect(4);
        assertThat(sample.get(PAYLOAD + 16)).as("sample").isEqualTo((byte) 2);
        sync.synchronize();
        assertThat(guest.message()).as("one under way").isNull();
        guest.send(IcGuest.answer(sample, 0, 0));
        assertThat(guest.expect(4).get(PAYLOAD + 16)).isEqualTo((byte) 1);
    }

    /** Whoever restores a machine asks for it: what was under way before comes first, and then the clock is set to what it is now, not sampled. */
    @Test
    void aRestoredGuestIsToldToSetItsClockToTheTimeNow() {
        var sync = new TimeSync(clock, () -> 4711);
        guest.open(sync);
        guest.agree(3, 4, 0);
        clock.advance(0);
        guest.send(IcGuest.answer(guest.expect(4), 0, 0));
        clock.advance(5 * SECOND);
        ByteBuffer sample = guest.expect(4);
        var out = new SectionWriter();
        sync.save(out);
        sync.restore(new SectionReader(out.toBytes()));
        clock.advance(SECOND / 2);
        sync.synchronize();
        guest.send(IcGuest.answer(sample, 0, 0));
        ByteBuffer first = guest.expect(4);
        assertThat(first.get(PAYLOAD + 16)).as("set the clock").isEqualTo((byte) 1);
        assertThat(first.getLong(PAYLOAD)).isEqualTo((clock.bootEpochSeconds() + 11_644_473_600L) * 10_000_000L + clock.nanos() / 100);
    }

    @Test
    void olderTimeMessagesHaveTheirFlagsBehindTheRoundTrip() {
        guest.open(new TimeSync(clock, () -> 4711));
        guest.agree(3, 3, 0);
        ByteBuffer m = guest.expect(4);
        assertThat(m.getShort(18)).isEqualTo((short) 25);
        assertThat(m.getLong(PAYLOAD + 8)).isZero();
        assertThat(m.get(PAYLOAD + 24)).isEqualTo((byte) 1);
    }

    // ---- key-value pairs -----------------------------------------------------------------------------------------------------

    private KeyValuePairs pairs() {
        var pairs = new KeyValuePairs(clock);
        guest.open(pairs);
        guest.agree(3, 4, 0);
        return pairs;
    }

    private static byte[] text(String s) {
        return (s + "\0").getBytes(StandardCharsets.UTF_16LE);
    }

    @Test
    void valuesAreReadAndWrittenOneQuestionAtATime() {
        KeyValuePairs pairs = pairs();
        List<Answer> answers = new ArrayList<>();
        pairs.set(Pool.EXTERNAL, "colour", "blau", answers::add);
        pairs.get(Pool.GUEST, "size", answers::add);

        ByteBuffer set = guest.expect(2);
        assertThat(guest.message()).isNull();
        assertThat(set.get(PAYLOAD)).isEqualTo((byte) 1);
        assertThat(set.get(PAYLOAD + 1)).isZero();
        assertThat(set.getInt(PAYLOAD + 4)).as("text").isEqualTo(1);
        assertThat(set.getInt(PAYLOAD + 8)).isEqualTo(14);
        assertThat(set.getInt(PAYLOAD + 12)).isEqualTo(10);
        assertThat(set.array()).as("key").satisfies(b -> assertThat(ByteBuffer.wrap(b, PAYLOAD + 16, 14)).isEqualTo(ByteBuffer.wrap(text("colour"))));
        assertThat(set.array()).as("value").satisfies(b -> assertThat(ByteBuffer.wrap(b, PAYLOAD + 528, 10)).isEqualTo(ByteBuffer.wrap(text("blau"))));
        guest.send(IcGuest.answer(set, 0, 0));

        ByteBuffer get = guest.expect(2);
        assertThat(get.get(PAYLOAD)).isZero();
        assertThat(get.get(PAYLOAD + 1)).isEqualTo((byte) 1);
        ByteBuffer r = IcGuest.answer(get, 0, 0);
        r.putInt(PAYLOAD + 12, 6).put(PAYLOAD + 528, text("42"));
        guest.send(r);
        assertThat(answers).containsExactly(new Answer(0, "", ""), new Answer(0, "size", "42"));
    }

    @Test
    void numbersComeAsDecimalText() {
        KeyValuePairs pairs = pairs();
        List<Answer> answers = new ArrayList<>();
        pairs.enumerate(Pool.AUTO, 3, answers::add);
        ByteBuffer m = guest.expect(2);
        assertThat(m.getInt(PAYLOAD + 4)).as("index").isEqualTo(3);
        ByteBuffer r = IcGuest.answer(m, 0, 0);
        r.putInt(PAYLOAD + 8, 4).putInt(PAYLOAD + 12, 4).put(PAYLOAD + 20, text("n")).putInt(PAYLOAD + 532, -1);
        guest.send(r);
        assertThat(answers).containsExactly(new Answer(0, "n", "4294967295"));
    }

    @Test
    void refusalsAndTextsOfAbsurdSizesAreAnswersToo() {
        KeyValuePairs pairs = pairs();
        List<Answer> answers = new ArrayList<>();
        pairs.delete(Pool.EXTERNAL, "gone", answers::add);
        pairs.get(Pool.EXTERNAL, "k", answers::add);
        ByteBuffer delete = guest.expect(2);
        assertThat(delete.getInt(PAYLOAD + 4)).as("size of the key").isEqualTo(10);
        guest.send(IcGuest.answer(delete, 0x8004_1002, 0));
        ByteBuffer r = IcGuest.answer(guest.expect(2), 0, 0);
        r.putInt(PAYLOAD + 4, 77).putInt(PAYLOAD + 8, Integer.MAX_VALUE).putInt(PAYLOAD + 12, -1);
        guest.send(r);
        assertThat(answers).containsExactly(new Answer(0x8004_1002, "", ""), new Answer(0, "k", ""));
        assertThat(pairs.get(Pool.EXTERNAL, "x".repeat(256), answers::add)).as("too long").isFalse();
    }

    @Test
    void everyQuestionIsAnsweredWhenTheGuestFallsSilent() {
        KeyValuePairs pairs = pairs();
        List<Answer> answers = new ArrayList<>();
        pairs.get(Pool.GUEST, "a", answers::add);
        pairs.get(Pool.GUEST, "b", answers::add);
        clock.advance(16 * SECOND);
        assertThat(answers).extracting(Answer::status).containsExactly(FAIL, FAIL);
        assertThat(pairs.get(Pool.GUEST, "c", answers::add)).as("nobody listens").isFalse();
    }

    @Test
    void whoAskedInADiscardedTimelineIsForgotten() {
        KeyValuePairs pairs = pairs();
        List<Answer> discarded = new ArrayList<>();
        pairs.get(Pool.GUEST, "under way", discarded::add);
        pairs.get(Pool.GUEST, "waiting", discarded::add);
        guest.expect(2);
        var other = new IcGuest();
        var saved = new KeyValuePairs(other.clock());
        other.open(saved);
        other.agree(3, 4, 0);
        RecordedState.copy(saved, pairs);
        List<Answer> answers = new ArrayList<>();
        pairs.delete(Pool.GUEST, "now", answers::add);
        guest.send(IcGuest.answer(guest.expect(2), 0, 0));
        assertThat(answers).as("the question of this timeline is asked and answered").extracting(Answer::status).containsExactly(0);
        guest.close();
        assertThat(discarded).isEmpty();
    }

    @Test
    void whoAskedForAShutdownInADiscardedTimelineIsForgotten() {
        var shutdown = new Shutdown(clock);
        guest.open(shutdown);
        guest.agree(3, 3, 0);
        List<Integer> discarded = new ArrayList<>();
        assertThat(shutdown.request(Shutdown.Kind.POWER_OFF, true, "", discarded::add)).isTrue();
        var other = new IcGuest();
        var saved = new Shutdown(other.clock());
        other.open(saved);
        other.agree(3, 3, 0);
        RecordedState.copy(saved, shutdown);
        guest.close();
        assertThat(discarded).isEmpty();
    }

    @Test
    void addressesOfAnAdapterAreRead() {
        KeyValuePairs pairs = pairs();
        List<KeyValuePairs.IpInfo> answers = new ArrayList<>();
        pairs.ipInfo("00:15:5D:00:00:01", answers::add);
        ByteBuffer m = guest.expect(2);
        assertThat(m.get(PAYLOAD)).isEqualTo((byte) 4);
        assertThat(m.array()).as("right behind operation and pool").satisfies(b -> assertThat(ByteBuffer.wrap(b, PAYLOAD + 2, 36)).isEqualTo(ByteBuffer.wrap(text("00:15:5D:00:00:01"))));
        int body = PAYLOAD + 2;
        ByteBuffer r = IcGuest.answer(m, 0, 0);
        r.put(body + 256, (byte) 1).put(body + 257, (byte) 1).put(body + 258, text("10.0.0.2")).put(body + 258 + 4096, text("10.0.0.1"));
        guest.send(r);
        assertThat(answers).containsExactly(new KeyValuePairs.IpInfo(0, 1, true, "10.0.0.2", "", "10.0.0.1", ""));
    }

    @Test
    void addressesAreGivenToAnAdapter() {
        KeyValuePairs pairs = pairs();
        List<Answer> answers = new ArrayList<>();
        assertThat(pairs.configure("{6b1a9d4e}", new KeyValuePairs.IpInfo(0, 1, false, "10.0.0.5", "255.255.255.0", "10.0.0.1", "10.0.0.9"), answers::add)).isTrue();
        ByteBuffer m = guest.expect(2);
        assertThat(m.get(PAYLOAD)).isEqualTo((byte) 5);
        int body = PAYLOAD + 2;
        for (var field : Map.of(0, "{6b1a9d4e}", 258, "10.0.0.5", 258 + 2048, "255.255.255.0", 258 + 4096, "10.0.0.1", 258 + 5120, "10.0.0.9").entrySet()) {
            byte[] b = text(field.getValue());
            assertThat(ByteBuffer.wrap(m.array(), body + field.getKey(), b.length)).as(field.getValue()).isEqualTo(ByteBuffer.wrap(b));
        }
        assertThat(m.get(body + 256)).as("IPv4").isEqualTo((byte) 1);
        assertThat(m.get(body + 257)).as("DHCP").isZero();
        guest.send(IcGuest.answer(m, FAIL, 0));
        assertThat(answers).extracting(Answer::status).containsExactly(FAIL);
        assertThat(pairs.configure("x", new KeyValuePairs.IpInfo(0, 1, false, "1".repeat(1024), "", "", ""), answers::add)).as("too long").isFalse();
    }

    // ---- hostile guests ------------------------------------------------------------------------------------------------------

    @Test
    void versionsThatWereNotOfferedEndTheTalk() {
        var heartbeat = new Heartbeat(clock);
        guest.open(heartbeat);
        guest.agree(3, 9, 9);
        clock.advance(10 * SECOND);
        assertThat(guest.message()).isNull();
        assertThat(heartbeat.connected()).isFalse();
        guest.close();
        assertThat(heartbeat.health()).isEqualTo(Health.NO_CONTACT);
    }

    @Test
    void answersThatNobodyAskedForChangeNothing() {
        var heartbeat = new Heartbeat(clock);
        guest.open(heartbeat);
        guest.agree(3, 3, 0);
        ByteBuffer beat = guest.expect(1);
        ByteBuffer other = IcGuest.answer(beat, 0, 40).putLong(PAYLOAD, 1);
        guest.send(other.put(24, (byte) (other.get(24) + 1)));
        assertThat(heartbeat.answers()).isZero();
        guest.send(IcGuest.answer(beat, 0, 40).putLong(PAYLOAD, 1));
        guest.send(IcGuest.answer(beat, 0, 40).putLong(PAYLOAD, 1));
        assertThat(heartbeat.answers()).isOne();
    }
}
