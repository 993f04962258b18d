package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealTimeClockTest {

    private static final long SECOND = 1_000_000_000L;
    /** 2026-11-23 16:05:09 UTC, a Monday. */
    private static final long START = 1_795_449_909L;

    private final TestClock clock = new TestClock(START);
    private final FakeLine irq = new FakeLine();
    private RealTimeClock rtc;

    @BeforeEach
    void start() {
        rtc = new RealTimeClock(clock, irq);
    }

    private int get(int register) {
        rtc.writePort(0x70, 1, register);
        return rtc.readPort(0x71, 1);
    }

    private void set(int register, int value) {
        rtc.writePort(0x70, 1, register);
        rtc.writePort(0x71, 1, value);
    }

    private int[] time() {
        return new int[] {get(0x32), get(9), get(8), get(7), get(6), get(4), get(2), get(0)};
    }

    @Test
    void showsTheTimeInDecimalAnd24Hours() {
        assertThat(time()).containsExactly(0x20, 0x26, 0x11, 0x23, 2, 0x16, 0x05, 0x09);
        clock.advance(51 * SECOND);
        assertThat(time()).containsExactly(0x20, 0x26, 0x11, 0x23, 2, 0x16, 0x06, 0x00);
        assertThat(get(0x0A)).isEqualTo(0x26);
        assertThat(get(0x0B)).isEqualTo(0x02);
        assertThat(get(0x0D)).isEqualTo(0x80);
    }

    @Test
    void registerBChoosesTheFormat() {
        set(0x0B, 0x06);
        assertThat(time()).containsExactly(20, 26, 11, 23, 2, 16, 5, 9);
        set(0x0B, 0x04);
        assertThat(get(4)).as("4 pm").isEqualTo(0x84);
        set(0x0B, 0x00);
        assertThat(get(4)).isEqualTo(0x84);
    }

    @ParameterizedTest
    @CsvSource({"0,0x12", "1,0x01", "11,0x11", "12,0x92", "13,0x81", "23,0x91"})
    void twelveHourTimeHasNoZero(int hour, String register) {
        set(0x0B, 0x80);
        set(4, Integer.decode(register));
        set(0x0B, 0x00);
        assertThat(get(4)).isEqualTo(Integer.decode(register));
        set(0x0B, 0x06);
        assertThat(get(4)).isEqualTo(hour);
    }

    @Test
    void setHoldsTheTimeUntilItIsWritten() {
        set(0x0B, 0x82);
        clock.advance(5 * SECOND);
        assertThat(get(0)).isEqualTo(0x09);
        set(0x32, 0x19);
        set(9, 0x99);
        set(8, 0x12);
        set(7, 0x31);
        set(4, 0x23);
        set(2, 0x59);
        set(0, 0x59);
        set(0x0B, 0x02);
        assertThat(time()).containsExactly(0x19, 0x99, 0x12, 0x31, 6, 0x23, 0x59, 0x59);
        clock.advance(SECOND);
        assertThat(time()).containsExactly(0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x00);
    }

    @Test
    void nonsenseInTheRegistersIsBroughtIntoRange() {
        set(0x0B, 0x82);
        set(8, 0xFF);
        set(7, 0x00);
        set(2, 0x77);
        set(0x0B, 0x02);
        assertThat(time()).containsExactly(0x20, 0x26, 0x12, 0x01, 3, 0x16, 0x59, 0x09);
    }

    @Test
    void updateInProgressWarnsBeforeTheSecond() {
        clock.advance(SECOND - 244_001);
        assertThat(get(0x0A) & 0x80).isZero();
        clock.advance(1);
        assertThat(get(0x0A) & 0x80).isEqualTo(0x80);
        clock.advance(244_000);
        assertThat(get(0x0A) & 0x80).isZero();
    }

    @Test
    void updateEndedInterruptsEverySecondOnceCleared() {
        set(0x0B, 0x12);
        clock.advance(SECOND - 1);
        assertThat(irq.high).isFalse();
        clock.advance(1);
        assertThat(irq.high).isTrue();
        clock.advance(3 * SECOND);
        assertThat(irq.edges).as("one request until register C is read").isEqualTo(1);
        assertThat(get(0x0C)).as("IRQF, UF, and PF of the idle periodic rate").isEqualTo(0xD0);
        assertThat(irq.high).isFalse();
        clock.advance(SECOND);
        assertThat(irq.edges).isEqualTo(2);
    }

    @Test
    void flagsAreSetWithoutTheirInterrupts() {
        clock.advance(SECOND);
        assertThat(get(0x0C)).as("PF and UF, no request").isEqualTo(0x50);
        assertThat(get(0x0C)).isZero();
        assertThat(irq.edges).isZero();
    }

    @Test
    void periodicInterruptHasItsRate() {
        set(0x0A, 0x26);
        set(0x0B, 0x42);
        int count = 0;
        for (int i = 0; i < 100_000; i++) {
            clock.advance(10_000);
            if (irq.high) {
                assertThat(get(0x0C) & 0xC0).isEqualTo(0xC0);
                count++;
            }
        }
        assertThat(count).as("1024 Hz for a second").isEqualTo(1024);
    }

    @ParameterizedTest
    @CsvSource({"1,3906250", "2,7812500", "3,122070", "15,500000000"})
    void periodsAreThoseOfTheDataSheet(int rate, long nanos) {
        set(0x0A, 0x20 | rate);
        set(0x0B, 0x42);
        clock.advance(nanos - 1);
        assertThat(irq.high).isFalse();
        clock.advance(2);
        assertThat(irq.high).isTrue();
    }

    @Test
    void theAlarmComesAtItsTimeOfDay() {
        set(1, 0x00);
        set(3, 0x10);
        set(5, 0x16);
        set(0x0B, 0x22);
        clock.advance((4 * 60 + 51) * SECOND - 1);
        assertThat(irq.high).isFalse();
        clock.advance(1);
        assertThat(irq.high).isTrue();
        assertThat(get(0x0C) & 0xA0).isEqualTo(0xA0);
        clock.advance(86_400 * SECOND);
        assertThat(irq.edges).as("every day").isEqualTo(2);
    }

    @Test
    void dontCareAlarmsRepeat() {
        set(1, 0x30);
        set(3, 0xC0);
        set(5, 0xFF);
        set(0x0B, 0x22);
        clock.advance(21 * SECOND);
        assertThat(irq.edges).isEqualTo(1);
        get(0x0C);
        clock.advance(60 * SECOND);
        assertThat(irq.edges).isEqualTo(2);
    }

    @Test
    void aDividerResetStopsTheClockAndStartsHalfASecondIn() {
        set(0x0A, 0x76);
        clock.advance(10 * SECOND);
        assertThat(get(0)).isEqualTo(0x09);
        set(0x0A, 0x26);
        clock.advance(SECOND / 2 - 1);
        assertThat(get(0)).isEqualTo(0x09);
        clock.advance(1);
        assertThat(get(0)).isEqualTo(0x10);
    }

    @Test
    void memoryKeepsItsBytesAndTheIndexIsWriteOnly() {
        set(0x40, 0xA5);
        rtc.setMemory(0x15, 0x80);
        assertThat(get(0x40)).isEqualTo(0xA5);
        assertThat(get(0x15)).isEqualTo(0x80);
        assertThat(get(0xC0)).as("bit 7 is the NMI mask").isEqualTo(0xA5);
        assertThat(rtc.readPort(0x70, 1)).isEqualTo(0xFF);
        set(0x0D, 0);
        assertThat(get(0x0D)).isEqualTo(0x80);
    }

    @Test
    void resetKeepsTimeAndDropsInterrupts() {
        set(0x40, 7);
        set(0x0B, 0x12);
        clock.advance(SECOND);
        rtc.reset();
        assertThat(irq.high).isFalse();
        assertThat(get(0x0B)).isEqualTo(0x02);
        assertThat(get(0)).isEqualTo(0x10);
        assertThat(get(0x40)).isEqualTo(7);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        set(2, 0x30);
        set(0x0B, 0x12);
        clock.advance(SECOND / 2);
        var line = new FakeLine();
        var other = new RealTimeClock(clock, line);
        RecordedState.copy(rtc, other);
        clock.advance(SECOND / 2);
        assertThat(line.high).isTrue();
        other.writePort(0x70, 1, 2);
        assertThat(other.readPort(0x71, 1)).isEqualTo(0x30);
    }
}
