package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicFixture.read;
import static dev.hv.cpu.apic.ApicFixture.take;
import static dev.hv.cpu.apic.ApicFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApicTimerTest {

    private static final int LVT = 0x320;
    private static final int INITIAL = 0x380;
    private static final int CURRENT = 0x390;
    private static final int DIVIDE = 0x3E0;
    private static final int PERIODIC = 1 << 17;
    private static final int DEADLINE = 2 << 17;

    private final ApicFixture one = new ApicFixture(1).enabled();
    private final LocalApic apic = one.get(0);

    @ParameterizedTest
    @CsvSource({"0,2", "1,4", "2,8", "3,16", "8,32", "9,64", "10,128", "11,1"})
    void divideConfigurationSetsTheRate(int code, int divisor) {
        write(apic, LVT, 0x40);
        write(apic, DIVIDE, code);
        write(apic, INITIAL, 1000);
        one.clock.advance(100L * divisor);
        assertThat(read(apic, CURRENT)).isEqualTo(900);
        one.clock.advance(900L * divisor - 1);
        assertThat(apic.pending()).isEqualTo(-1);
        one.clock.advance(1);
        assertThat(take(apic)).isEqualTo(0x40);
        assertThat(read(apic, DIVIDE)).isEqualTo(code);
    }

    @Test
    void oneShotRunsDownOnce() {
        write(apic, DIVIDE, 11);
        write(apic, LVT, 0x40);
        write(apic, INITIAL, 500);
        one.clock.advance(500);
        assertThat(take(apic)).isEqualTo(0x40);
        one.clock.advance(5000);
        assertThat(take(apic)).isEqualTo(-1);
        assertThat(read(apic, CURRENT)).isZero();
        assertThat(read(apic, INITIAL)).isEqualTo(500);
    }

    @Test
    void periodicReloads() {
        write(apic, DIVIDE, 11);
        write(apic, LVT, PERIODIC | 0x41);
        write(apic, INITIAL, 100);
        for (int i = 0; i < 3; i++) {
            one.clock.advance(99);
            assertThat(take(apic)).isEqualTo(-1);
            one.clock.advance(1);
            assertThat(take(apic)).isEqualTo(0x41);
        }
        one.clock.advance(30);
        assertThat(read(apic, CURRENT)).isEqualTo(70);
    }

    @Test
    void zeroStopsTheCount() {
        write(apic, LVT, 0x40);
        write(apic, INITIAL, 100);
        write(apic, INITIAL, 0);
        one.clock.advance(10_000);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(read(apic, CURRENT)).isZero();
    }

    @Test
    void aMaskedTimerCountsButDoesNotInterrupt() {
        write(apic, DIVIDE, 11);
        write(apic, LVT, 0x10040 | PERIODIC);
        write(apic, INITIAL, 100);
        one.clock.advance(250);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(read(apic, CURRENT)).isEqualTo(50);
    }

    @Test
    void periodicBecomesOneShotAtItsNextZero() {
        write(apic, DIVIDE, 11);
        write(apic, LVT, PERIODIC | 0x10040);
        write(apic, INITIAL, 100);
        one.clock.advance(150);
        write(apic, LVT, 0x10040);
        assertThat(read(apic, CURRENT)).isEqualTo(50);
        one.clock.advance(50);
        assertThat(read(apic, CURRENT)).isZero();
        write(apic, LVT, PERIODIC | 0x10040);
        assertThat(read(apic, CURRENT)).as("an expired count stays").isZero();
    }

    @Test
    void deadlineModeFiresAtTheTsc() {
        write(apic, LVT, DEADLINE | 0x42);
        apic.setTscDeadline(2000);
        assertThat(apic.tscDeadline()).isEqualTo(2000);
        one.clock.advance(999);
        assertThat(apic.pending()).isEqualTo(-1);
        one.clock.advance(1);
        assertThat(take(apic)).isEqualTo(0x42);
        assertThat(apic.tscDeadline()).as("disarms itself").isZero();
        apic.setTscDeadline(1);
        assertThat(take(apic)).as("the past fires at once").isEqualTo(0x42);
    }

    @Test
    void deadlineAndCountExcludeEachOther() {
        apic.setTscDeadline(2000);
        assertThat(apic.tscDeadline()).as("ignored outside its mode").isZero();
        write(apic, LVT, 0x40);
        write(apic, INITIAL, 5000);
        write(apic, LVT, DEADLINE | 0x40);
        assertThat(read(apic, CURRENT)).isZero();
        assertThat(read(apic, INITIAL)).isZero();
        write(apic, INITIAL, 100);
        assertThat(read(apic, INITIAL)).isZero();
        apic.setTscDeadline(2000);
        write(apic, LVT, 0x40);
        one.clock.advance(100_000);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(apic.tscDeadline()).isZero();
    }

    @Test
    void zeroDisarmsTheDeadline() {
        write(apic, LVT, DEADLINE | 0x42);
        apic.setTscDeadline(2000);
        apic.setTscDeadline(0);
        one.clock.advance(5000);
        assertThat(apic.pending()).isEqualTo(-1);
    }

    @Test
    void aChangedDividerGoesOnFromTheCount() {
        write(apic, DIVIDE, 11);
        write(apic, LVT, 0x40);
        write(apic, INITIAL, 1000);
        one.clock.advance(400);
        write(apic, DIVIDE, 1);
        assertThat(read(apic, CURRENT)).isEqualTo(600);
        one.clock.advance(2399);
        assertThat(apic.pending()).isEqualTo(-1);
        one.clock.advance(1);
        assertThat(apic.pending()).isEqualTo(0x40);
    }

    @Test
    void aMovedCounterMovesTheDeadline() {
        write(apic, LVT, DEADLINE | 0x42);
        apic.setTscDeadline(2000);
        one.clock.tscOffset = 1500;
        apic.tscChanged();
        one.clock.advance(249);
        assertThat(apic.pending()).isEqualTo(-1);
        one.clock.advance(1);
        assertThat(apic.pending()).isEqualTo(0x42);
    }
}
