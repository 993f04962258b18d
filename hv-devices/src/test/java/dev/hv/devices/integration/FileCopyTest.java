package dev.hv.devices.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Copying a file into a guest. */
class FileCopyTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int TYPE = 7;
    private static final int PAYLOAD = 28;
    private static final int START = 0;
    private static final int WRITE = 1;
    private static final int COMPLETE = 2;
    private static final int CANCEL = 3;
    private static final int FAIL = 0x8000_4005;
    private static final int EXISTS = 0x8007_0050;
    private static final int FULL = 0x8007_0070;
    private static final int CANCELLED = 0x8007_04C7;
    private static final int FRAGMENT = 6144;

    private final IcGuest guest = new IcGuest();
    private final FileCopy copy = new FileCopy(guest.clock());
    private final List<Integer> results = new ArrayList<>();
    private final byte[] content = new byte[2 * FRAGMENT + 100];

    FileCopyTest() {
        new Random(1).nextBytes(content);
    }

    private void open() {
        guest.open(copy);
        ByteBuffer m = guest.expect(0);
        ByteBuffer r = IcGuest.answer(m, 0, 16);
        r.putShort(PAYLOAD, (short) 1).putShort(PAYLOAD + 2, (short) 1);
        r.putShort(PAYLOAD + 8, (short) 3).putShort(PAYLOAD + 10, (short) 0).putShort(PAYLOAD + 12, (short) 1).putShort(PAYLOAD + 14, (short) 1);
        guest.send(r);
    }

    private boolean copy() {
        return copy.copy(new FileCopy.Order(content, "/srv/data/file.bin", true, true), results::add);
    }

    private ByteBuffer expect(int operation) {
        ByteBuffer m = guest.expect(TYPE);
        assertThat(m.getInt(PAYLOAD)).as("operation").isEqualTo(operation);
        return m;
    }

    private void answer(int operation, int status) {
        guest.send(IcGuest.answer(expect(operation), status, 0));
    }

    private static String text(ByteBuffer m, int at) {
        String s = new String(m.array(), at, 520, StandardCharsets.UTF_16LE);
        return s.substring(0, s.indexOf('\0'));
    }

    /** Takes the rest of a copy from an offset on. */
    private byte[] rest(int from) {
        byte[] taken = new byte[content.length];
        for (int at = from; at < content.length; ) {
            ByteBuffer m = expect(WRITE);
            assertThat(m.getShort(18)).as("size of the payload").isEqualTo((short) (52 + FRAGMENT));
            assertThat(m.getLong(PAYLOAD + 40)).as("offset").isEqualTo(at);
            int n = m.getInt(PAYLOAD + 48);
            assertThat(n).isEqualTo(Math.min(FRAGMENT, content.length - at));
            m.get(PAYLOAD + 52, taken, at, n);
            at += n;
            guest.send(IcGuest.answer(m, 0, 0));
        }
        return taken;
    }

    @Test
    void aFileGoesInPiecesOneAtATime() {
        assertThat(copy.offer().interfaceId().toString()).isEqualTo("34d14be3-dee4-41c8-9ae7-6b174977c192");
        assertThat(copy.offer().instanceId().toString()).as("where Linux' daemon looks for it").isEqualTo("eb765408-105f-49b6-b4aa-c123b64d17d4");
        assertThat(copy()).as("nobody listens").isFalse();
        open();
        assertThat(copy()).isTrue();
        ByteBuffer start = expect(START);
        assertThat(guest.message()).isNull();
        assertThat(text(start, PAYLOAD + 36)).isEqualTo("file.bin");
        assertThat(text(start, PAYLOAD + 36 + 520)).isEqualTo("/srv/data/");
        assertThat(start.getInt(PAYLOAD + 36 + 1040)).as("overwrite and create").isEqualTo(3);
        assertThat(start.getLong(PAYLOAD + 36 + 1044)).isEqualTo(content.length);
        guest.send(IcGuest.answer(start, 0, 0));
        assertThat(rest(0)).isEqualTo(content);
        assertThat(results).isEmpty();
        answer(COMPLETE, 0);
        assertThat(results).containsExactly(0);
        assertThat(copy.copied()).isOne();
        assertThat(guest.message()).isNull();
    }

    @Test
    void anEmptyFileHasNoPieces() {
        open();
        copy.copy(new FileCopy.Order(new byte[0], "/empty", false, false), results::add);
        ByteBuffer start = expect(START);
        assertThat(text(start, PAYLOAD + 36 + 520)).isEqualTo("/");
        assertThat(start.getInt(PAYLOAD + 36 + 1040)).isZero();
        guest.send(IcGuest.answer(start, 0, 0));
        answer(COMPLETE, 0);
        assertThat(results).containsExactly(0);
    }

    @Test
    void copiesWaitForEachOther() {
        open();
        assertThat(copy()).isTrue();
        copy.copy(new FileCopy.Order(new byte[0], "/second", false, false), results::add);
        answer(START, EXISTS);
        assertThat(text(expect(START), PAYLOAD + 36)).isEqualTo("second");
        assertThat(results).containsExactly(EXISTS);
        for (int i = 0; i < 16; i++) {
            assertThat(copy()).isTrue();
        }
        assertThat(copy()).as("too many").isFalse();
        guest.close();
        assertThat(results).hasSize(18);
    }

    @Test
    void pathsThatNoGuestCouldHaveAreRefused() {
        open();
        for (String path : List.of("relative", "/folder/", "", "/a\0b", "/" + "x".repeat(260), "/" + "x".repeat(260) + "/y")) {
            assertThat(copy.copy(new FileCopy.Order(content, path, false, false), results::add)).as(path).isFalse();
        }
        assertThat(guest.message()).isNull();
    }

    @Test
    void aFileThatExistsEndsItBeforeItBegins() {
        open();
        copy();
        answer(START, EXISTS);
        assertThat(results).containsExactly(EXISTS);
        assertThat(guest.message()).as("there is nothing to cancel").isNull();
        assertThat(copy()).isTrue();
    }

    @Test
    void aFullDiskHasTheGuestRemoveWhatItHas() {
        open();
        copy();
        answer(START, 0);
        answer(WRITE, 0);
        answer(WRITE, FULL);
        assertThat(results).isEmpty();
        answer(CANCEL, 0);
        assertThat(results).containsExactly(FULL);
        assertThat(copy.cancel()).as("nothing is under way").isFalse();
    }

    @Test
    void aCopyIsGivenUpAtTheNextAnswer() {
        open();
        assertThat(copy.cancel()).isFalse();
        copy();
        answer(START, 0);
        ByteBuffer under = expect(WRITE);
        assertThat(copy.cancel()).isTrue();
        guest.send(IcGuest.answer(under, 0, 0));
        answer(CANCEL, FAIL);
        assertThat(results).containsExactly(CANCELLED);
    }

    @Test
    void aGuestThatFallsSilentIsToldToForgetItWhenItSpeaksAgain() {
        open();
        copy();
        answer(START, 0);
        ByteBuffer under = expect(WRITE);
        guest.clock().advance(39 * SECOND);
        assertThat(results).isEmpty();
        guest.clock().advance(2 * SECOND);
        assertThat(results).containsExactly(FAIL);
        assertThat(copy()).as("a guest that does not answer does not listen").isFalse();
        guest.send(IcGuest.answer(under, 0, 0));
        assertThat(copy()).isTrue();
        answer(CANCEL, 0);
        answer(START, EXISTS);
        assertThat(results).containsExactly(FAIL, EXISTS);
    }

    @Test
    void whoWaitsIsToldWhenTheGuestGoes() {
        open();
        copy();
        answer(START, 0);
        guest.close();
        assertThat(results).containsExactly(FAIL);
    }

    @Test
    void aRestoredHostGoesOnWhereItWas() {
        open();
        copy();
        answer(START, 0);
        answer(WRITE, 0);
        ByteBuffer under = expect(WRITE);
        var next = new FileCopyTest();
        List<String> told = new ArrayList<>();
        next.copy.onRestored((path, status) -> told.add(path + " " + status));
        next.open();
        next.copy();
        next.answer(START, 0);
        next.answer(WRITE, 0);
        next.expect(WRITE);
        RecordedState.copy(copy, next.copy);
        next.guest.send(IcGuest.answer(under, 0, 0));
        byte[] rest = next.rest(2 * FRAGMENT);
        assertThat(Arrays.copyOfRange(rest, 2 * FRAGMENT, content.length)).isEqualTo(Arrays.copyOfRange(content, 2 * FRAGMENT, content.length));
        next.answer(COMPLETE, 0);
        assertThat(told).containsExactly("/srv/data/file.bin 0");
        assertThat(next.results).isEmpty();
    }

    @Test
    void outcomesAreSaidInWords() {
        assertThat(FileCopy.describe("/x", 0)).isEqualTo("/x copied");
        assertThat(FileCopy.describe("/x", EXISTS)).contains("has such a file");
        assertThat(FileCopy.describe("/x", FULL)).contains("no room");
        assertThat(FileCopy.describe("/x", CANCELLED)).contains("given up");
        assertThat(FileCopy.describe("/x", 0x8007_0001)).endsWith("0x80070001");
    }
}
