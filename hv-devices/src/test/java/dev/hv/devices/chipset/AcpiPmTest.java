package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import org.junit.jupiter.api.Test;

class AcpiPmTest {

    private final TestClock clock = new TestClock();
    private final FakeLine sci = new FakeLine();
    private final FakePower power = new FakePower();
    private final AcpiPm acpi = new AcpiPm(clock, sci, power);

    @Test
    void theTimerRunsAtItsRateAndWrapsAt32Bits() {
        clock.advance(1_000_000_000L);
        assertThat(acpi.readPort(0x408, 4)).isEqualTo(3_579_545);
        assertThat(acpi.readPort(0x408, 1)).isEqualTo(0x99);
        assertThat(acpi.readPort(0x40A, 2)).isEqualTo(3_579_545 >> 16);
        clock.advance(1_200_000_000_000L);
        assertThat(Integer.toUnsignedLong(acpi.readPort(0x408, 4))).isEqualTo(1201L * 3_579_545 % (1L << 32));
    }

    /** An alarm of the real-time clock wakes a system that has enabled the event, and is told once. */
    @Test
    void theClocksAlarmIsAnEvent() {
        acpi.clockAlarm();
        assertThat(acpi.readPort(0x400, 2)).isEqualTo(0x400);
        assertThat(sci.high).as("not enabled").isFalse();
        acpi.writePort(0x402, 2, 0x400);
        assertThat(sci.high).isTrue();
        acpi.writePort(0x400, 2, 0x400);
        assertThat(sci.high).isFalse();
        assertThat(acpi.readPort(0x400, 2)).isZero();
    }

    @Test
    void theTimersTopBitRaisesTheSystemControlInterrupt() {
        acpi.writePort(0x402, 2, 1);
        clock.advance(599_900_000_000L);
        assertThat(sci.high).isFalse();
        clock.advance(100_000_000L);
        assertThat(sci.high).as("2^31 ticks are 599.93 s").isTrue();
        assertThat(acpi.readPort(0x400, 2)).isEqualTo(1);
        acpi.writePort(0x400, 2, 1);
        assertThat(sci.high).isFalse();
        assertThat(acpi.readPort(0x400, 2)).isZero();
        clock.advance(600_000_000_000L);
        assertThat(sci.high).isTrue();
    }

    @Test
    void acpiModeIsAlwaysOn() {
        assertThat(acpi.readPort(0x404, 2)).isEqualTo(1);
        acpi.writePort(0x404, 2, 0);
        assertThat(acpi.readPort(0x404, 2)).isEqualTo(1);
    }

    @Test
    void sleepEnableWithTypeZeroPowersOff() {
        acpi.writePort(0x404, 2, 0x0001);
        assertThat(power.calls).isEmpty();
        acpi.writePort(0x404, 2, 0x2001);
        assertThat(power.calls).containsExactly("off");
        assertThat(acpi.readPort(0x404, 2)).as("SLP_EN reads as zero").isEqualTo(1);
    }

    @Test
    void otherSleepTypesDoNothing() {
        acpi.writePort(0x404, 2, 0x2000 | 5 << 10);
        assertThat(power.calls).isEmpty();
        assertThat(acpi.readPort(0x404, 2)).isEqualTo(5 << 10 | 1);
        acpi.writePort(0x404, 2, 0x2000 | 1 << 10);
        assertThat(power.calls).containsExactly("off");
    }

    @Test
    void theResetRegisterTakesItsValueOnly() {
        acpi.writePort(0x433, 1, 2);
        assertThat(power.calls).isEmpty();
        acpi.writePort(0x433, 1, 1);
        assertThat(power.calls).containsExactly("reset");
    }

    @Test
    void generalPurposeEventsInterruptWhenEnabled() {
        acpi.raiseEvent(9);
        assertThat(sci.high).isFalse();
        assertThat(acpi.readPort(0x40C, 2)).isEqualTo(0x200);
        acpi.writePort(0x40E, 2, 0x200);
        assertThat(sci.high).isTrue();
        acpi.writePort(0x40C, 2, 0x100);
        assertThat(sci.high).as("another bit was cleared").isTrue();
        acpi.writePort(0x40C, 2, 0x200);
        assertThat(sci.high).isFalse();
        assertThat(acpi.readPort(0x40C, 4)).isEqualTo(0x0200_0000);
    }

    @Test
    void enableKeepsDefinedBitsOnly() {
        acpi.writePort(0x402, 2, 0xFFFF);
        assertThat(acpi.readPort(0x402, 2)).isEqualTo(0x0721);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        acpi.writePort(0x40E, 2, 1);
        acpi.raiseEvent(0);
        var line = new FakeLine();
        var other = new AcpiPm(clock, line, power);
        RecordedState.copy(acpi, other);
        assertThat(line.high).isTrue();
        assertThat(other.readPort(0x40C, 4)).isEqualTo(0x0001_0001);
    }
}
