package dev.hv.core.synic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.snapshot.RecordedState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Timers on a clock that the test moves: 1 ms is 10,000 units of reference time. */
class SyntheticTimersTest {

    private static final long ENABLE = 1;
    private static final long PERIODIC = 2;
    private static final long AUTO = 8;
    private static final long DIRECT_E0 = 0xE0 << 4 | 1 << 12;
    private static final long SINT_2 = 2 << 16;
    private static final long MS = 10_000;
    private static final int HZ = 1_000_000_000;

    /** A processor with its timers on a clock of its own. */
    private static final class Rig implements SynicProcessor {
        final VirtualClock clock = VirtualClock.virtual(10_000, HZ, 0);
        final TestPage messages = new TestPage();
        final Synic synic = new Synic(this, messages, new TestPage());
        final ReferenceTime time = new ReferenceTime(clock::tsc, HZ);
        final SyntheticTimers timers = new SyntheticTimers(this, synic, time, clock, clock::nanosAtTsc, "test");
        final List<String> interrupts = new ArrayList<>();

        @Override
        public void interrupt(int vector) {
            interrupts.add("%x at %d us".formatted(vector, Math.round(clock.nanos() / 1000.0)));
        }

        @Override
        public void autoEndOfInterrupt(long[] vectors) {}

        Rig enable() {
            synic.setMessagePage(0x1001);
            synic.setControl(1);
            synic.setSint(2, 0xF3);
            return this;
        }

        void runTo(long micros) {
            long end = micros * 1000;
            while (clock.nextDeadline() <= end) {
                clock.idleUntil(clock.nextDeadline());
                clock.fireDue();
            }
            clock.idleUntil(end);
        }

        long message(int at) {
            return messages.read(2 * 256 + at, 8);
        }

        int type() {
            return (int) messages.read(2 * 256, 4);
        }

        void take() {
            messages.write(2 * 256, 4, 0);
            synic.endOfMessage();
        }
    }

    private final Rig rig = new Rig();
    private final SyntheticTimers timers = rig.timers;

    @BeforeEach
    void enable() {
        rig.enable();
    }

    @Test
    void aOneShotTimerExpiresAtItsTimeOnceAndIsOffThen() {
        timers.setCount(0, 3 * MS);
        assertThat(timers.setConfig(0, ENABLE | DIRECT_E0)).isTrue();
        rig.runTo(10_000);
        assertThat(rig.interrupts).containsExactly("e0 at 3000 us");
        assertThat(timers.config(0)).isEqualTo(DIRECT_E0);
        assertThat(timers.count(0)).isEqualTo(3 * MS);
    }

    @Test
    void aTimeInThePastExpiresAtOnce() {
        rig.runTo(5000);
        timers.setConfig(1, AUTO | DIRECT_E0);
        timers.setCount(1, 1);
        rig.runTo(5000);
        assertThat(rig.interrupts).containsExactly("e0 at 5000 us");
    }

    @Test
    void countsEnableWhenTheConfigurationSaysSo() {
        timers.setConfig(0, AUTO | DIRECT_E0);
        timers.setCount(0, MS);
        assertThat(timers.config(0)).isEqualTo(AUTO | DIRECT_E0 | ENABLE);
        timers.setCount(0, 0);
        assertThat(timers.config(0)).as("a count of zero stops").isEqualTo(AUTO | DIRECT_E0);
        timers.setConfig(1, DIRECT_E0);
        timers.setCount(1, MS);
        assertThat(timers.config(1)).as("no auto-enable").isEqualTo(DIRECT_E0);
        rig.runTo(10_000);
        assertThat(rig.interrupts).isEmpty();
    }

    @Test
    void aPeriodicTimerKeepsItsPeriod() {
        rig.runTo(500);
        timers.setConfig(0, AUTO | PERIODIC | DIRECT_E0);
        timers.setCount(0, MS);
        rig.runTo(3600);
        assertThat(rig.interrupts).containsExactly("e0 at 1500 us", "e0 at 2500 us", "e0 at 3500 us");
        timers.setConfig(0, 0);
        rig.runTo(9000);
        assertThat(rig.interrupts).hasSize(3);
    }

    @Test
    void periodsThatNobodyCouldSeeAreLeftOut() {
        timers.setConfig(0, AUTO | PERIODIC | DIRECT_E0);
        timers.setCount(0, MS);
        // the machine was not there for 4.5 periods
        rig.clock.idleUntil(4_500_000);
        rig.clock.fireDue();
        rig.runTo(6500);
        assertThat(rig.interrupts).containsExactly("e0 at 4500 us", "e0 at 5000 us", "e0 at 6000 us");
    }

    @Test
    void aMessageTellsTimerExpirationAndDelivery() {
        timers.setConfig(3, AUTO | SINT_2);
        timers.setCount(3, 2 * MS);
        rig.runTo(2001);
        assertThat(rig.type()).isEqualTo(0x8000_0010);
        assertThat(rig.messages.read(512 + 4, 1)).as("payload size").isEqualTo(24);
        assertThat(rig.message(16) & 0xFFFF_FFFFL).as("timer").isEqualTo(3);
        assertThat(rig.message(24)).as("expiration").isEqualTo(2 * MS);
        assertThat(rig.message(32)).as("delivery").isBetween(2 * MS, 2 * MS + 1);
        assertThat(rig.interrupts).containsExactly("f3 at 2000 us");
    }

    @Test
    void anExpirationWaitsForTheMessageSlot() {
        byte[] other = new byte[8];
        rig.synic.post(2, 1, 0, other, 0, 8);
        timers.setConfig(0, AUTO | SINT_2);
        timers.setCount(0, MS);
        rig.runTo(5000);
        assertThat(rig.type()).isEqualTo(1);
        assertThat(rig.messages.bytes[512 + 5]).as("message pending").isEqualTo((byte) 1);
        rig.take();
        assertThat(rig.type()).isEqualTo(0x8000_0010);
        assertThat(rig.message(24)).isEqualTo(MS);
        assertThat(rig.message(32)).isBetween(5 * MS - 1, 5 * MS);
        assertThat(timers.config(0) & ENABLE).isZero();
    }

    @Test
    void severalTimersShareASourceAndNoneIsForgotten() {
        for (int i = 0; i < 4; i++) {
            timers.setConfig(i, AUTO | SINT_2);
            timers.setCount(i, MS);
        }
        rig.runTo(2000);
        List<Long> seen = new ArrayList<>();
        while (rig.type() != 0) {
            seen.add(rig.message(16) & 0xFFFF_FFFFL);
            boolean more = (rig.messages.bytes[512 + 5] & 1) != 0;
            assertThat(more).isEqualTo(seen.size() < 4);
            rig.messages.write(512, 4, 0);
            if (more) {
                rig.synic.endOfMessage();
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
    }

    @Test
    void aTimerBehindQueuedMessagesIsNotForgottenEither() {
        byte[] other = new byte[8];
        rig.synic.post(2, 1, 0, other, 0, 8);
        rig.synic.post(2, 2, 0, other, 0, 8);
        timers.setConfig(0, AUTO | SINT_2);
        timers.setCount(0, MS);
        rig.runTo(2000);
        rig.take();
        assertThat(rig.type()).isEqualTo(2);
        assertThat(rig.messages.bytes[512 + 5]).isEqualTo((byte) 1);
        rig.take();
        assertThat(rig.type()).isEqualTo(0x8000_0010);
    }

    @Test
    void aPeriodicTimerTellsOfTheFirstExpirationThatWaited() {
        timers.setConfig(0, AUTO | PERIODIC | SINT_2);
        timers.setCount(0, MS);
        rig.runTo(3500);
        assertThat(rig.message(24)).isEqualTo(MS);
        rig.take();
        assertThat(rig.message(24)).as("the next one waited since then").isEqualTo(2 * MS);
        rig.take();
        assertThat(rig.type()).as("the one in between is left out").isZero();
        rig.runTo(4500);
        assertThat(rig.message(24)).isEqualTo(4 * MS);
    }

    @Test
    void sourceZeroDisablesUnlessTheTimerIsDirect() {
        timers.setConfig(0, ENABLE);
        assertThat(timers.config(0)).isZero();
        timers.setConfig(0, ENABLE | DIRECT_E0);
        assertThat(timers.config(0)).isEqualTo(ENABLE | DIRECT_E0);
    }

    @Test
    void reservedBitsAreRefused() {
        for (int bit : new int[] {13, 14, 15, 20, 63}) {
            assertThat(timers.setConfig(0, 1L << bit)).as("bit %d", bit).isFalse();
        }
        assertThat(timers.setConfig(0, 0xF_1FFF)).isTrue();
    }

    @Test
    void countsBeyondAllTimeNeverExpire() {
        for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, -MS}) {
            timers.setConfig(0, AUTO | DIRECT_E0);
            timers.setCount(0, count);
            timers.setConfig(1, AUTO | PERIODIC | DIRECT_E0);
            timers.setCount(1, count);
            rig.runTo(rig.clock.nanos() / 1000 + 1000);
        }
        assertThat(rig.interrupts).isEmpty();
    }

    @Test
    void theShortestPeriodDoesNotStopTheClock() {
        timers.setConfig(0, AUTO | PERIODIC | DIRECT_E0);
        timers.setCount(0, 1);
        rig.runTo(100);
        assertThat(rig.interrupts).hasSizeBetween(990, 1000);
    }

    @Test
    void resetForgetsEverything() {
        timers.setConfig(0, AUTO | PERIODIC | DIRECT_E0);
        timers.setCount(0, MS);
        timers.reset();
        rig.runTo(5000);
        assertThat(rig.interrupts).isEmpty();
        assertThat(timers.config(0)).isZero();
        assertThat(timers.count(0)).isZero();
    }

    @Test
    void restoredTimersExpireWhenTheOriginalsWouldHave() {
        timers.setConfig(0, AUTO | DIRECT_E0);
        timers.setCount(0, 5 * MS);
        timers.setConfig(1, AUTO | PERIODIC | 0xE1 << 4 | 1 << 12);
        timers.setCount(1, 2 * MS);
        byte[] other = new byte[8];
        rig.synic.post(2, 1, 0, other, 0, 8);
        timers.setConfig(2, AUTO | SINT_2);
        timers.setCount(2, MS);
        rig.runTo(3000);
        var restored = new Rig();
        RecordedState.copy(rig.clock, restored.clock);
        RecordedState.copy(rig.time, restored.time);
        RecordedState.copy(rig.synic, restored.synic);
        RecordedState.copy(rig.timers, restored.timers);
        restored.synic.endOfMessage();
        restored.runTo(6500);
        assertThat(restored.interrupts).containsExactly("f3 at 3000 us", "e1 at 4000 us", "e0 at 5000 us", "e1 at 6000 us");
        assertThat(restored.message(24)).isEqualTo(MS);
    }
}
