package dev.hv.core.synic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferenceTimeTest {

    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);
    private long tsc;

    /** What a guest computes from the page: hi64(tsc * scale) + offset. */
    private static long fromPage(TestPage page, long tsc) {
        BigInteger scale = new BigInteger(Long.toUnsignedString(page.read(8, 8)));
        BigInteger product = new BigInteger(Long.toUnsignedString(tsc)).multiply(scale);
        return product.shiftRight(64).longValue() + page.read(16, 8);
    }

    @Test
    void thePageGivesWhatTheRegisterGives() {
        tsc = 123_456_789_012L;
        var time = new ReferenceTime(() -> tsc, 2_893_201_000L);
        var page = new TestPage();
        time.write(page);
        assertThat(page.read(0, 4)).as("sequence: valid").isNotIn(0L, 0xFFFF_FFFFL);
        var random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            assertThat(time.now()).isEqualTo(fromPage(page, tsc));
            tsc += random.nextLong(1L << 40);
        }
    }

    @Test
    void itGoesOnWhereTheCounterIsMoved() {
        tsc = 24_000_000_000L;
        var time = new ReferenceTime(() -> tsc, 2_000_000_000L);
        var page = new TestPage();
        time.write(page);
        long sequence = page.read(0, 4);
        tsc += 2_000_000_000L;
        long now = time.now();
        time.follow(() -> tsc = 5);
        assertThat(time.now()).isEqualTo(now);
        time.write(page);
        assertThat(page.read(0, 4)).as("the page is another").isNotIn(0L, 0xFFFF_FFFFL, sequence);
        tsc += 2_000_000_000L;
        assertThat(fromPage(page, tsc)).isEqualTo(time.now()).isBetween(now + 9_999_999, now + 10_000_000);
        assertThat(time.tscAt(time.now() + 10_000_000)).isBetween(tsc + 1_999_999_800L, tsc + 2_000_000_200L);
    }

    @Test
    void theScaleIsTheExactQuotientRoundedDown() {
        for (long hz : new long[] {10_000_001, 1_000_000_000, 2_000_000_000, 2_893_201_000L, 9_000_000_000L}) {
            var page = new TestPage();
            new ReferenceTime(() -> 0, hz).write(page);
            assertThat(new BigInteger(Long.toUnsignedString(page.read(8, 8))))
                    .isEqualTo(TWO_64.multiply(BigInteger.valueOf(10_000_000)).divide(BigInteger.valueOf(hz)));
        }
    }

    @Test
    void timeStartsAtZeroAndRunsInUnitsOf100Nanoseconds() {
        tsc = 77_777_777_777L;
        var time = new ReferenceTime(() -> tsc, 2_000_000_000L);
        assertThat(time.now()).isZero();
        tsc += 2_000_000_000L;
        assertThat(time.now()).isBetween(9_999_999L, 10_000_000L);
        tsc += 3600 * 2_000_000_000L;
        assertThat(time.now()).isBetween(3601 * 10_000_000L - 1, 3601 * 10_000_000L);
    }

    @Test
    void tscAtIsTheFirstTickAtWhichTheTimeIsReached() {
        tsc = 1_000_003;
        var time = new ReferenceTime(() -> tsc, 2_893_201_000L);
        var random = new Random(2);
        for (int i = 0; i < 1000; i++) {
            long goal = random.nextLong(1L << 1 + i % 48);
            long at = time.tscAt(goal);
            tsc = at;
            assertThat(time.now()).isGreaterThanOrEqualTo(goal);
            // one unit is 289.3 ticks; a rate rounded by less than one in 2^60 shifts that by nothing that could be seen
            tsc = at - 2;
            if (tsc >= 1_000_003) {
                assertThat(time.now()).isLessThan(goal);
            }
        }
    }

    @Test
    void timesThatNeverComeAreNever() {
        tsc = Long.MAX_VALUE / 2;
        var time = new ReferenceTime(() -> tsc, 2_000_000_000L);
        for (long never : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 1}) {
            assertThat(time.tscAt(never)).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void restoredTimeGoesOnWhereItWas() {
        tsc = 1_000_000_000;
        var time = new ReferenceTime(() -> tsc, 2_000_000_000L);
        tsc = 5_000_000_000L;
        var other = new ReferenceTime(() -> tsc, 2_000_000_000L);
        assertThat(other.now()).isZero();
        RecordedState.copy(time, other);
        assertThat(other.now()).isEqualTo(time.now()).isBetween(19_999_999L, 20_000_000L);
    }
}
