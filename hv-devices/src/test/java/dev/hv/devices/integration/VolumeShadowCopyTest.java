package dev.hv.devices.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Freezing and thawing a guest's file systems. */
class VolumeShadowCopyTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int TYPE = 5;
    private static final int PAYLOAD = 28;
    private static final int CHECK = 2;
    private static final int COMPLETE = 4;
    private static final int FREEZE = 5;
    private static final int THAW = 6;
    private static final int FAIL = 0x8000_4005;

    private final IcGuest guest = new IcGuest();
    private final VolumeShadowCopy copy = new VolumeShadowCopy(guest.clock());
    private final List<Integer> results = new ArrayList<>();

    private void open() {
        guest.open(copy);
        guest.agree(3, 5, 0);
    }

    private ByteBuffer expect(int operation) {
        ByteBuffer m = guest.expect(TYPE);
        assertThat(m.get(PAYLOAD)).as("operation").isEqualTo((byte) operation);
        assertThat(m.getShort(18)).as("size of the payload").isEqualTo((short) 12);
        return m;
    }

    private void answer(int operation, int status) {
        guest.send(IcGuest.answer(expect(operation), status, 12));
    }

    private void freeze() {
        assertThat(copy.freeze(results::add)).isTrue();
        answer(CHECK, 0);
        answer(FREEZE, 0);
        assertThat(results).containsExactly(0);
        assertThat(copy.isFrozen()).isTrue();
    }

    private void thawed() {
        answer(THAW, 0);
        answer(COMPLETE, 0);
        assertThat(guest.message()).isNull();
        assertThat(copy.isFrozen()).isFalse();
    }

    @Test
    void theGuestIsCheckedFrozenThawedAndToldOfTheEnd() {
        assertThat(copy.offer().interfaceId().toString()).isEqualTo("35fa2e29-ea23-4236-96ae-3a6ebacba440");
        open();
        freeze();
        assertThat(copy.freeze(results::add)).as("one at a time").isFalse();
        copy.thawSoon();
        assertThat(guest.message()).as("not at this instant").isNull();
        guest.clock().advance(SECOND / 1000);
        thawed();
        freezeAgain();
    }

    private void freezeAgain() {
        results.clear();
        freeze();
        assertThat(copy.freezes()).isEqualTo(2);
    }

    @Test
    void aGuestIsThawedAfterTenSecondsWhoeverFrozeIt() {
        open();
        freeze();
        guest.clock().advance(9 * SECOND);
        assertThat(guest.message()).isNull();
        guest.clock().advance(SECOND);
        thawed();
    }

    @Test
    void refusalsAreHandedOn() {
        assertThat(copy.freeze(results::add)).as("nobody listens").isFalse();
        open();
        copy.freeze(results::add);
        answer(CHECK, FAIL);
        assertThat(results).containsExactly(FAIL);
        copy.freeze(results::add);
        answer(CHECK, 0);
        answer(FREEZE, 0x8007_0032);
        assertThat(results).containsExactly(FAIL, 0x8007_0032);
        assertThat(guest.message()).as("nothing is frozen, nothing thawed").isNull();
    }

    @Test
    void aGuestThatFreezesTooLateIsThawedAtOnce() {
        open();
        copy.freeze(results::add);
        answer(CHECK, 0);
        ByteBuffer late = expect(FREEZE);
        guest.clock().advance(100 * SECOND);
        assertThat(results).as("file systems take their time to be written out").isEmpty();
        guest.clock().advance(30 * SECOND);
        assertThat(results).containsExactly(FAIL);
        guest.send(IcGuest.answer(late, 0, 12));
        thawed();
    }

    @Test
    void whoWaitsIsToldWhenTheGuestGoes() {
        open();
        copy.freeze(results::add);
        guest.close();
        assertThat(results).containsExactly(FAIL);
        assertThat(copy.isFrozen()).isFalse();
    }

    @Test
    void aRestoredGuestThatWasFrozenIsThawedAsThisOneIs() {
        open();
        freeze();
        copy.thawSoon();
        var next = new VolumeShadowCopyTest();
        next.open();
        next.freeze();
        RecordedState.copy(copy, next.copy);
        next.guest.clock().advance(SECOND / 1000);
        next.thawed();
        guest.clock().advance(SECOND / 1000);
        thawed();
    }

    @Test
    void aGuestThatFreezesForSomebodyOfAnotherTimelineIsThawed() {
        open();
        copy.freeze(results::add);
        answer(CHECK, 0);
        ByteBuffer under = expect(FREEZE);
        RecordedState.copy(copy, copy);
        guest.send(IcGuest.answer(under, 0, 12));
        guest.clock().advance(SECOND / 1000);
        thawed();
        assertThat(results).isEmpty();
    }

    @Test
    void aGuestThatIsOnlyCheckedForSomebodyOfAnotherTimelineIsNotFrozen() {
        open();
        copy.freeze(results::add);
        ByteBuffer under = expect(CHECK);
        RecordedState.copy(copy, copy);
        guest.send(IcGuest.answer(under, 0, 12));
        assertThat(guest.message()).isNull();
        assertThat(results).isEmpty();
        freeze();
    }
}
