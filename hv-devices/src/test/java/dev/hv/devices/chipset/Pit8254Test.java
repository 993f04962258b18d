package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts are checked against the timing diagrams of the data sheet, in clock pulses. */
class Pit8254Test {

    private final TestClock clock = new TestClock();
    private final FakeLine irq = new FakeLine();
    private final Pit8254 pit = new Pit8254(clock, irq);
    private long pulses;

    @BeforeEach
    void start() {
        // Counter 2, gate open, for all tests that watch an output in port 0x61.
        out(0x61, 1);
    }

    private int in(int port) {
        return pit.readPort(port, 1);
    }

    private void out(int port, int value) {
        pit.writePort(port, 1, value);
    }

    private boolean out2() {
        return (in(0x61) & 0x20) != 0;
    }

    /** Moves on by clock pulses of 1193182 Hz. */
    private void pulse(long n) {
        pulses += n;
        long target = (pulses * 1_000_000_000L + 1_193_181) / 1_193_182;
        clock.advance(target - clock.nanos());
    }

    private void program(int mode, int count) {
        out(0x43, 0xB0 | mode << 1);
        out(0x42, count & 0xFF);
        out(0x42, count >> 8);
    }

    private int count() {
        out(0x43, 0x80);
        return in(0x42) | in(0x42) << 8;
    }

    /** The output over the next pulses, as H and L. */
    private String watch(int n) {
        var s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            pulse(1);
            s.append(out2() ? 'H' : 'L');
        }
        return s.toString();
    }

    private void gate(int level) {
        out(0x61, level);
    }

    @Test
    void mode0RisesAtTerminalCount() {
        program(0, 4);
        assertThat(out2()).isFalse();
        assertThat(watch(8)).isEqualTo("LLLLHHHH");
        assertThat(count()).as("and wraps").isEqualTo(0x10000 + 4 - 7);
    }

    @Test
    void mode0HoldsWhileTheGateIsLow() {
        program(0, 4);
        pulse(3);
        assertThat(count()).isEqualTo(2);
        gate(0);
        pulse(10);
        assertThat(count()).isEqualTo(2);
        gate(1);
        assertThat(watch(3)).isEqualTo("LHH");
    }

    @Test
    void mode0StopsAtTheFirstByteOfANewCount() {
        program(0, 4);
        pulse(10);
        assertThat(out2()).isTrue();
        out(0x42, 3);
        assertThat(out2()).isFalse();
        pulse(100);
        assertThat(out2()).isFalse();
        out(0x42, 0);
        assertThat(watch(5)).isEqualTo("LLLHH");
    }

    @Test
    void mode1IsAOneShotTriggeredByTheGate() {
        gate(0);
        program(1, 3);
        assertThat(watch(4)).isEqualTo("HHHH");
        gate(1);
        assertThat(watch(6)).isEqualTo("LLLHHH");
        gate(0);
        gate(1);
        assertThat(watch(2)).isEqualTo("LL");
        gate(0);
        gate(1);
        assertThat(watch(5)).as("retriggered").isEqualTo("LLLHH");
    }

    @Test
    void mode1TakesANewCountAtTheNextTrigger() {
        gate(0);
        program(1, 2);
        gate(1);
        pulse(1);
        out(0x42, 4);
        out(0x42, 0);
        assertThat(watch(3)).isEqualTo("LHH");
        gate(0);
        gate(1);
        assertThat(watch(6)).isEqualTo("LLLLHH");
    }

    @Test
    void mode2IsLowForOnePulseInN() {
        program(2, 3);
        assertThat(watch(9)).isEqualTo("HHLHHLHHL");
        assertThat(count()).isEqualTo(1);
        pulse(1);
        assertThat(count()).isEqualTo(3);
    }

    @Test
    void mode2StopsHighAndRestartsWithTheGate() {
        program(2, 3);
        pulse(3);
        assertThat(out2()).isFalse();
        gate(0);
        assertThat(out2()).as("at once").isTrue();
        assertThat(watch(5)).isEqualTo("HHHHH");
        gate(1);
        assertThat(watch(6)).isEqualTo("HHLHHL");
    }

    @Test
    void mode2TakesANewCountAfterThePeriod() {
        program(2, 4);
        pulse(2);
        out(0x42, 5);
        out(0x42, 0);
        assertThat(watch(12)).isEqualTo("HLHHHHLHHHHL");
    }

    @ParameterizedTest
    @CsvSource({"4,HHLLHHLL", "5,HHHLLHHHLL", "2,HLHL"})
    void mode3IsASquareWave(int n, String wave) {
        program(3, n);
        assertThat(watch(wave.length())).isEqualTo(wave);
    }

    @Test
    void mode3CountsByTwo() {
        program(3, 6);
        pulse(1);
        int[] seen = new int[6];
        for (int i = 0; i < 6; i++) {
            seen[i] = count();
            pulse(1);
        }
        assertThat(seen).containsExactly(6, 4, 2, 6, 4, 2);
    }

    @Test
    void mode3TakesANewCountAfterTheHalfPeriod() {
        program(3, 6);
        pulse(2);
        out(0x42, 4);
        out(0x42, 0);
        assertThat(watch(8)).isEqualTo("HLLHHLLH");
        program(3, 6);
        pulse(5);
        out(0x42, 4);
        out(0x42, 0);
        assertThat(watch(6)).as("written in the low half").isEqualTo("LHHLLH");
    }

    @Test
    void mode4StrobesOnce() {
        program(4, 3);
        assertThat(watch(8)).isEqualTo("HHHLHHHH");
    }

    @Test
    void mode5StrobesAfterATrigger() {
        gate(0);
        program(5, 3);
        assertThat(watch(5)).isEqualTo("HHHHH");
        gate(1);
        assertThat(watch(6)).isEqualTo("HHHLHH");
    }

    @Test
    void countsMayBeDecimal() {
        out(0x43, 0xB1);
        out(0x42, 0x00);
        out(0x42, 0x10);
        pulse(1);
        assertThat(count()).isEqualTo(0x1000);
        pulse(1);
        assertThat(count()).isEqualTo(0x0999);
        pulse(1000);
        assertThat(count()).as("wraps from 0 to 9999").isEqualTo(0x9999);
    }

    @Test
    void zeroIsTheLargestCount() {
        program(0, 0);
        pulse(1);
        assertThat(count()).isZero();
        pulse(1);
        assertThat(count()).isEqualTo(0xFFFF);
        pulse(65534);
        assertThat(out2()).isFalse();
        pulse(1);
        assertThat(out2()).isTrue();
    }

    @Test
    void aLatchedCountStaysUntilRead() {
        program(0, 1000);
        pulse(101);
        out(0x43, 0x80);
        pulse(50);
        out(0x43, 0x80);
        assertThat(in(0x42) | in(0x42) << 8).isEqualTo(900);
        assertThat(in(0x42) | in(0x42) << 8).isEqualTo(850);
    }

    @Test
    void readBackLatchesCountAndStatus() {
        program(2, 0x1234);
        out(0x43, 0xC8);
        assertThat(in(0x42)).as("status: output high, null count, both bytes, mode 2").isEqualTo(0xF4);
        assertThat(in(0x42)).as("the count, live").isEqualTo(0x00);
        in(0x42);
        pulse(1);
        out(0x43, 0xE8);
        assertThat(in(0x42)).as("status alone").isEqualTo(0xB4);
        assertThat(in(0x42) | in(0x42) << 8).isEqualTo(0x1234);
        pulse(4);
        out(0x43, 0xC8);
        pulse(4);
        assertThat(in(0x42)).isEqualTo(0xB4);
        assertThat(in(0x42) | in(0x42) << 8).isEqualTo(0x1230);
    }

    @Test
    void singleByteAccessSetsTheOtherByteToZero() {
        out(0x43, 0xA0);
        out(0x42, 2);
        pulse(1);
        assertThat(in(0x42)).isEqualTo(2);
        out(0x43, 0x90);
        out(0x42, 0x55);
        pulse(1);
        assertThat(in(0x42)).isEqualTo(0x55);
        assertThat(watch(0x54)).doesNotContain("H");
        assertThat(watch(1)).isEqualTo("H");
    }

    @Test
    void modes6And7Are2And3() {
        program(6, 10);
        out(0x43, 0xE8);
        assertThat(in(0x42) & 0x0E).isEqualTo(4);
        program(7, 10);
        out(0x43, 0xE8);
        assertThat(in(0x42) & 0x0E).isEqualTo(6);
    }

    @Test
    void firmwareLeavesCounter0At18Hertz() {
        clock.advance(1_000_000_000L);
        assertThat(irq.edges).isBetween(18, 20);
    }

    @Test
    void counter0InterruptsAtItsRate() {
        out(0x43, 0x34);
        out(0x40, 0x9C);
        out(0x40, 0x2E);
        irq.edges = 0;
        clock.advance(1_000_000_000L);
        assertThat(irq.edges).as("1193182 / 11932").isEqualTo(99);
    }

    @Test
    void counter0AsOneShotInterruptsOnce() {
        out(0x43, 0x30);
        assertThat(irq.high).isFalse();
        out(0x40, 100);
        out(0x40, 0);
        irq.edges = 0;
        pulse(100);
        assertThat(irq.edges).isZero();
        pulse(1);
        assertThat(irq.edges).isEqualTo(1);
        pulse(1_000_000);
        assertThat(irq.edges).isEqualTo(1);
    }

    @Test
    void port61KeepsItsLowBitsAndTogglesRefresh() {
        out(0x61, 0xFF);
        assertThat(in(0x61) & 0xCF).isEqualTo(0x0F);
        int before = in(0x61) & 0x10;
        clock.advance(15_085);
        assertThat(in(0x61) & 0x10).isNotEqualTo(before);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        program(3, 1000);
        pulse(300);
        var line = new FakeLine();
        var other = new Pit8254(clock, line);
        RecordedState.copy(pit, other);
        for (int i = 0; i < 5; i++) {
            pulse(333);
            assertThat(other.readPort(0x61, 1)).isEqualTo(in(0x61));
            other.writePort(0x43, 1, 0x80);
            assertThat(other.readPort(0x42, 1) | other.readPort(0x42, 1) << 8).isEqualTo(count());
        }
        line.edges = 0;
        irq.edges = 0;
        pulse(65536);
        assertThat(line.edges).isEqualTo(irq.edges).isEqualTo(1);
    }
}
