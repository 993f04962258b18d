package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DeviceBus;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChipsetTest {

    private static final long MIB = 1 << 20;

    private final TestClock clock = new TestClock();
    private final FakePower power = new FakePower();
    private final FakeLine intr = new FakeLine();
    private final DeviceBus bus = new DeviceBus();
    private final List<Integer> vectors = new ArrayList<>();
    private final StringBuilder printed = new StringBuilder();
    private final Chipset chipset = build(bus, intr, 3968 * MIB, 0x1_2345_0000L);

    private Chipset build(DeviceBus on, FakeLine line, long low, long high) {
        return new Chipset(new ChipsetConfig(576, low, high, 3, true), on, clock, power,
                (destination, logical, mode, vector, level) -> vectors.add(vector), line, b -> printed.append((char) b));
    }

    private int cmos(int address) {
        bus.out(0x70, 1, address);
        return bus.in(0x71, 1);
    }

    private void redirect(int pin, int low) {
        bus.writeMmio(0xFEC00000L, 4, 0x10 + 2 * pin);
        bus.writeMmio(0xFEC00010L, 4, low);
    }

    @Test
    void nothingIsRequestedWhileTheMachineIsPutTogether() {
        assertThat(intr.edges).isZero();
        assertThat(vectors).isEmpty();
    }

    @Test
    void theSerialPortPrints() {
        bus.out(0x3F8, 1, '!');
        assertThat(printed).hasToString("!");
    }

    @Test
    void theTimerReachesPin2AndIrq0() {
        redirect(2, 0x30);
        clock.advance(60_000_000L);
        assertThat(vectors).containsExactly(0x30);
        assertThat(intr.high).as("the 8259 is masked").isFalse();
        bus.out(0x21, 1, 0xFE);
        assertThat(intr.high).isTrue();
        assertThat(chipset.interruptAcknowledge().acknowledge()).isEqualTo(0x08);
    }

    @Test
    void theSerialPortReachesPin4AndIrq4() {
        redirect(4, 0x34);
        bus.out(0x21, 1, 0xEF);
        bus.out(0x3FC, 1, 8);
        bus.out(0x3F9, 1, 1);
        chipset.uart().receive('x');
        assertThat(vectors).containsExactly(0x34);
        assertThat(chipset.interruptAcknowledge().acknowledge()).isEqualTo(0x0C);
    }

    @Test
    void theSystemControlInterruptIsALevel() {
        assertThat(bus.in(0x4D1, 1)).isEqualTo(2);
        redirect(9, 0x8039);
        bus.out(0x40E, 2, 1);
        chipset.acpi().raiseEvent(0);
        chipset.ioApic().endOfInterrupt(0x39);
        assertThat(vectors).containsExactly(0x39, 0x39);
    }

    @Test
    void the8259PassesThroughPin0() {
        redirect(0, 0x700);
        bus.out(0x21, 1, 0xFE);
        clock.advance(60_000_000L);
        assertThat(vectors).containsExactly(0);
        assertThat(intr.edges).isEqualTo(1);
    }

    @Test
    void configurationSpaceIsInMemoryToo() {
        assertThat(bus.readMmio(0xFE00_0000L, 4)).isEqualTo(0x0001_1414);
        assertThat(bus.readMmio(0xFE0F_FFFCL, 4)).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void cmosKnowsTheMemory() {
        assertThat(cmos(0x15) | cmos(0x16) << 8).isEqualTo(576);
        assertThat(cmos(0x17) | cmos(0x18) << 8).isEqualTo(0xFFFF);
        assertThat(cmos(0x30) | cmos(0x31) << 8).isEqualTo(0xFFFF);
        assertThat(cmos(0x34) | cmos(0x35) << 8).as("3952 MiB in 64 KiB").isEqualTo(3952 * 16);
        assertThat(cmos(0x5B) | cmos(0x5C) << 8 | cmos(0x5D) << 16).isEqualTo(0x12345);
    }

    @Test
    void cmosKnowsLittleMemory() {
        var small = new DeviceBus();
        build(small, new FakeLine(), 8 * MIB, 0);
        small.out(0x70, 1, 0x18);
        assertThat(small.in(0x71, 1)).as("7 MiB in KiB").isEqualTo(7 * 1024 >> 8);
        small.out(0x70, 1, 0x35);
        assertThat(small.in(0x71, 1)).isZero();
    }

    @Test
    void powerPortsReachTheMachine() {
        bus.out(0x404, 2, 0x2000);
        bus.out(0x433, 1, 1);
        bus.out(0x64, 1, 0xFE);
        bus.out(0x92, 1, 1);
        bus.out(0xCF9, 1, 4);
        bus.out(0xF4, 4, 0x1234567);
        bus.out(0xF4, 1, 0x20);
        assertThat(power.calls).containsExactly("off", "reset", "reset", "reset", "reset", "exit 19088743", "exit 32");
    }

    @Test
    void delayPortsAreClaimed() {
        bus.out(0x80, 1, 0x55);
        bus.out(0xED, 1, 0x55);
        assertThat(bus.in(0x80, 1)).isEqualTo(0xFF);
    }

    @Test
    void theTestDeviceKeepsItsLatchesAndMemory() {
        bus.out(0xE0, 4, 0x12345678);
        bus.out(0xE1, 1, 0xAB);
        assertThat(bus.in(0xE0, 4)).isEqualTo(0x1234AB78);
        assertThat(bus.in(0xE2, 2)).isEqualTo(0x1234);
        bus.out(0xE4, 4, 0x1000);
        bus.out(0xE8, 1, 0x77);
        assertThat(bus.in(0xE8, 1)).isEqualTo(0x77);
        bus.writeMmio(0xFF000000L, 8, 0x1122334455667788L);
        assertThat(bus.readMmio(0xFF000002L, 4)).isEqualTo(0x33445566L);
        assertThat(bus.readMmio(0xFF00FFFFL, 1)).isZero();
    }

    @Test
    void theTestDeviceDrivesInterruptLinesByByteWrites() {
        redirect(11, 0x3B);
        redirect(20, 0x44);
        bus.out(0x200B, 4, 1);
        assertThat(vectors).isEmpty();
        bus.out(0x200B, 1, 1);
        bus.out(0x2014, 1, 1);
        assertThat(vectors).containsExactly(0x3B, 0x44);
    }

    @Test
    void firmwareConfigurationKnowsTheProcessors() {
        bus.out(0x510, 2, 5);
        assertThat(bus.in(0x511, 1)).isEqualTo(3);
        assertThat(bus.in(0x511, 1)).isZero();
        bus.out(0x510, 2, 0x11);
        for (int i = 0; i < 8; i++) {
            assertThat(bus.in(0x511, 1)).isZero();
        }
    }

    @Test
    void resetBringsBackWhatFirmwareLeft() {
        redirect(4, 0x34);
        bus.out(0x21, 1, 0);
        bus.out(0x4D1, 1, 0);
        chipset.reset();
        assertThat(bus.in(0x21, 1)).isEqualTo(0xFF);
        assertThat(bus.in(0x4D1, 1)).isEqualTo(2);
        bus.writeMmio(0xFEC00000L, 4, 0x18);
        assertThat(bus.readMmio(0xFEC00010L, 4)).isEqualTo(0x10000);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        bus.out(0x21, 1, 0xFE);
        redirect(9, 0x8039);
        bus.out(0x40E, 2, 1);
        chipset.acpi().raiseEvent(0);
        clock.advance(60_000_000L);
        var other = new DeviceBus();
        var line = new FakeLine();
        var copy = build(other, line, 3968 * MIB, 0);
        RecordedState.copy(chipset, copy);
        assertThat(line.high).isTrue();
        assertThat(copy.interruptAcknowledge().acknowledge()).isEqualTo(0x08);
        assertThat(other.in(0x21, 1)).isEqualTo(0xFE);
        other.writeMmio(0xFEC00000L, 4, 0x22);
        assertThat(other.readMmio(0xFEC00010L, 4)).as("a level waits for its EOI").isEqualTo(0xC039);
        assertThat(vectors).containsExactly(0x39);
        copy.ioApic().endOfInterrupt(0x39);
        assertThat(vectors).containsExactly(0x39, 0x39);
    }
}
