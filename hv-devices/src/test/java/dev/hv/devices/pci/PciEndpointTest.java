package dev.hv.devices.pci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.snapshot.RecordedState;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A function on bus 0 at device 3, another behind a root port at device 2, as a system sees them. */
class PciEndpointTest {

    private static final int COMMAND = 4;
    private static final int SIZE = 0x4000;

    private final PciMachine machine = new PciMachine();
    private PciEndpoint plain;
    private PciEndpoint behind;
    private RootPort port;

    @BeforeEach
    void plugIn() {
        plain = new PciEndpoint(machine.site, machine.site.slot(3), 0, 0x1234, 0x0001, 0x020000, 1);
        plain.memory(0, false, false, SIZE, new Offsets());
        plain.memory(2, true, true, SIZE, new Offsets());
        byte[] rom = new byte[0x1000];
        Arrays.fill(rom, (byte) 0x5A);
        plain.rom(rom);
        plain.plug();
        port = new RootPort(machine.site.slot(2), 1);
        behind = new PciEndpoint(machine.site, port, 0, 0x1234, 0x0002, 0x010802, 1);
        behind.memory(0, true, false, SIZE, new Offsets());
        behind.vectors(4, 3);
        behind.plug();
        machine.configure(1, 0, COMMAND, 2, 6);
        machine.configure(0, 3, COMMAND, 2, 6);
    }

    /** Reads as the offset in its range. */
    private static final class Offsets implements MmioHandler {
        @Override
        public long readMmio(long offset, int size) {
            return offset;
        }

        @Override
        public void writeMmio(long offset, int size, long value) {}
    }

    private long bar(int busNumber, int device, int bar) {
        return machine.config(busNumber, device, 0x10 + 4 * bar, 4) & 0xFFFF_FFF0L;
    }

    @Test
    void rangesAreSizedAndMovedAboveAndBelow4GiB() {
        assertThat(machine.bus.readMmio(bar(0, 3, 0) + 8, 4)).isEqualTo(8);
        machine.configure(0, 3, COMMAND, 2, 4);
        machine.configure(0, 3, 0x10, 4, -1);
        assertThat(machine.config(0, 3, 0x10, 4)).as("32 bits").isEqualTo(-SIZE);
        machine.configure(0, 3, 0x18, 4, -1);
        machine.configure(0, 3, 0x1C, 4, -1);
        assertThat(machine.config(0, 3, 0x18, 4)).as("64 bits, prefetchable").isEqualTo(-SIZE | 0xC);
        assertThat(machine.config(0, 3, 0x1C, 4)).isEqualTo(-1);
        machine.configure(0, 3, 0x24, 4, -1);
        assertThat(machine.config(0, 3, 0x24, 4)).as("none").isZero();
        machine.configure(0, 3, 0x10, 4, 0xF900_0000);
        machine.configure(0, 3, 0x18, 4, 0x0010_0000);
        machine.configure(0, 3, 0x1C, 4, 0x12);
        assertThat(machine.bus.readMmio(0xF900_0010L, 4)).as("not decoded").isEqualTo(0xFFFF_FFFFL);
        machine.configure(0, 3, COMMAND, 2, 6);
        assertThat(machine.bus.readMmio(0xF900_0010L, 4)).isEqualTo(0x10);
        assertThat(machine.bus.readMmio(0x12_0010_0020L, 4)).isEqualTo(0x20);
    }

    @Test
    void aRangeDoesNotTakeWhatSomebodyElseHas() {
        machine.configure(0, 3, 0x10, 4, 0xFEC0_0000);
        assertThat(machine.bus.readMmio(0xFEC0_0010L, 4)).as("the I/O APIC").isZero();
        machine.configure(0, 3, 0x10, 4, 0xF900_0000);
        assertThat(machine.bus.readMmio(0xF900_0010L, 4)).isEqualTo(0x10);
    }

    @Test
    void theRomIsReadWhereItIsEnabled() {
        machine.configure(0, 3, 0x30, 4, -1);
        assertThat(machine.config(0, 3, 0x30, 4)).isEqualTo(0xFFFF_F001);
        machine.configure(0, 3, 0x30, 4, 0xF910_0001);
        assertThat(machine.bus.readMmio(0xF910_0FFCL, 4)).isEqualTo(0x5A5A_5A5AL);
        machine.configure(0, 3, 0x30, 4, 0xF910_0000);
        assertThat(machine.bus.readMmio(0xF910_0FFCL, 4)).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void aPortPassesOnWhatItsWindowsAndNumbersSay() {
        assertThat(machine.config(0, 2, 0x0E, 1)).as("a bridge").isEqualTo(1);
        assertThat(machine.config(1, 0, 0, 4)).isEqualTo(0x0002_1234);
        assertThat(machine.config(1, 1, 0, 4)).as("one device behind a port").isEqualTo(-1);
        long base = bar(1, 0, 0);
        assertThat(machine.bus.readMmio(base + 4, 4)).isEqualTo(4);
        int window = machine.config(0, 2, 0x20, 4);
        machine.configure(0, 2, 0x20, 4, 0x0000_FFF0);
        assertThat(machine.bus.readMmio(base + 4, 4)).as("a closed window").isEqualTo(0xFFFF_FFFFL);
        machine.configure(0, 2, 0x20, 4, window);
        assertThat(machine.bus.readMmio(base + 4, 4)).isEqualTo(4);
        machine.configure(0, 2, 0x18, 4, 0x0005_0500);
        assertThat(machine.config(1, 0, 0, 4)).isEqualTo(-1);
        assertThat(machine.config(5, 0, 0, 4)).isEqualTo(0x0002_1234);
    }

    @Test
    void memoryAndMessagesGoInTheNameThatTheFunctionHasNow() {
        byte[] b = new byte[4];
        assertThat(behind.read(0, b, 0, 4)).isTrue();
        machine.configure(0, 2, 0x18, 4, 0x0005_0500);
        assertThat(behind.write(0, b, 0, 4)).isTrue();
        assertThat(plain.read(0, b, 0, 4)).isTrue();
        assertThat(machine.requesters).containsExactly(0x18L, 0x100L, 0x500L);
        machine.configure(5, 0, COMMAND, 2, 2);
        assertThat(behind.read(0, b, 0, 4)).as("no bus master").isFalse();
        machine.configure(5, 0, COMMAND, 2, 6);
        machine.configure(0, 2, COMMAND, 2, 2);
        assertThat(behind.read(0, b, 0, 4)).as("nor the port").isFalse();
    }

    private void table(int vector, long address, int data, int control) {
        long at = (bar(1, 0, 4) | (long) machine.config(1, 0, 0x24, 4) << 32) + 16L * vector;
        machine.bus.writeMmio(at, 8, address);
        machine.bus.writeMmio(at + 8, 4, data);
        machine.bus.writeMmio(at + 12, 4, control);
    }

    @Test
    void vectorsAreSentMaskedAndPending() {
        int msix = machine.capability(1, 0, 0x11);
        assertThat(machine.config(1, 0, msix + 2, 2)).as("three vectors").isEqualTo(2);
        long table = bar(1, 0, 4) | (long) machine.config(1, 0, 0x24, 4) << 32;
        assertThat(table).as("above 4 GiB").isGreaterThan(0xFFFF_FFFFL);
        behind.message(0);
        assertThat(machine.messages).as("not enabled").isEmpty();
        table(0, 0xFEE0_0000L, 0x41, 0);
        table(1, 0xFEE0_1000L, 0x42, 1);
        machine.configure(1, 0, msix + 2, 2, 0x8000);
        behind.message(0);
        behind.message(1);
        behind.message(7);
        assertThat(machine.messages).containsExactly("100 fee00000 41");
        assertThat(machine.bus.readMmio(table + 0x1000, 8)).as("pending").isEqualTo(2);
        table(1, 0xFEE0_1000L, 0x42, 0);
        assertThat(machine.messages).containsExactly("100 fee00000 41", "100 fee01000 42");
        assertThat(machine.bus.readMmio(table + 0x1000, 8)).isZero();
        machine.configure(1, 0, msix + 2, 2, 0xC000);
        behind.message(0);
        assertThat(machine.messages).as("all masked").hasSize(2);
        machine.configure(1, 0, msix + 2, 2, 0x8000);
        assertThat(machine.messages).hasSize(3);
    }

    @Test
    void aSingleMessageHasAMaskToo() {
        int msi = machine.capability(0, 3, 5);
        machine.configure(0, 3, msi + 4, 4, 0xFEE0_2000);
        machine.configure(0, 3, msi + 12, 2, 0x51);
        machine.configure(0, 3, msi + 2, 2, 1);
        plain.message(0);
        machine.configure(0, 3, msi + 16, 4, 1);
        plain.message(0);
        assertThat(machine.messages).containsExactly("18 fee02000 51");
        assertThat(machine.config(0, 3, msi + 20, 4)).isEqualTo(1);
        machine.configure(0, 3, msi + 16, 4, 0);
        assertThat(machine.messages).hasSize(2);
    }

    @Test
    void thePinFollowsWhatTheGuestWantsOfIt() {
        plain.pin(true);
        assertThat(machine.high).as("device 3, pin A").containsExactly(19);
        assertThat(machine.config(0, 3, 6, 2) & 8).isEqualTo(8);
        machine.configure(0, 3, COMMAND, 2, 0x406);
        assertThat(machine.high).isEmpty();
        machine.configure(0, 3, COMMAND, 2, 6);
        behind.pin(true);
        assertThat(machine.high).as("behind the port of device 2").containsExactly(18, 19);
        machine.configure(1, 0, machine.capability(1, 0, 0x11) + 2, 2, 0x8000);
        plain.pin(false);
        assertThat(machine.high).isEmpty();
    }

    @Test
    void withoutPowerNothingAnswersAndNothingIsSent() {
        int power = machine.capability(0, 3, 1);
        long base = bar(0, 3, 0);
        machine.configure(0, 3, power + 4, 2, 3);
        assertThat(machine.bus.readMmio(base + 8, 4)).isEqualTo(0xFFFF_FFFFL);
        assertThat(plain.read(0, new byte[4], 0, 4)).isFalse();
        machine.configure(0, 3, power + 4, 2, 0);
        assertThat(machine.bus.readMmio(base + 8, 4)).isEqualTo(8);
        assertThat(plain.read(0, new byte[4], 0, 4)).isTrue();
    }

    @Test
    void aFunctionIsResetAloneOrByItsPort() {
        int express = machine.capability(1, 0, 0x10);
        int[] resets = {0};
        behind.onReset(() -> resets[0]++);
        machine.configure(1, 0, 0x3C, 1, 0x77);
        machine.configure(1, 0, express + 8, 2, 0x8000);
        assertThat(resets[0]).isEqualTo(1);
        assertThat(machine.config(1, 0, 0x3C, 1)).isNotEqualTo(0x77);
        assertThat(machine.config(1, 0, express + 8, 2)).isZero();
        assertThat(machine.config(1, 0, COMMAND, 2)).isZero();
        machine.configure(1, 0, 0x3C, 1, 0x77);
        machine.configure(0, 2, 0x3E, 2, 0x40);
        assertThat(machine.config(1, 0, 0x3C, 1)).isNotEqualTo(0x77);
    }

    @Test
    void extendedSpaceIsThereAndEmpty() {
        assertThat(machine.config(1, 0, 0x100, 4)).isZero();
        assertThat(machine.config(1, 0, 0xFFC, 4)).isZero();
        assertThat(machine.config(0, 0, 0x100, 4)).as("the host bridge has none").isEqualTo(-1);
    }

    @Test
    void stateComesBackWithItsPlaces() {
        table(1, 0xFEE0_1000L, 0x42, 1);
        machine.configure(1, 0, machine.capability(1, 0, 0x11) + 2, 2, 0x8000);
        behind.message(1);
        machine.configure(0, 3, 0x10, 4, 0xF900_0000);
        var other = new PciEndpointTest();
        other.plugIn();
        RecordedState.copy(port, other.port);
        RecordedState.copy(behind, other.behind);
        RecordedState.copy(plain, other.plain);
        assertThat(other.machine.bus.readMmio(0xF900_0010L, 4)).isEqualTo(0x10);
        other.table(1, 0xFEE0_1000L, 0x42, 0);
        assertThat(other.machine.messages).containsExactly("100 fee01000 42");
    }

    /** Whatever is written into any register of configuration space, and behind the ports' windows: no exception, and the functions are found again after a reset. */
    @Test
    void everyRegisterTakesEveryValue() {
        for (int device : new int[] {2, 3}) {
            for (int register = 0; register < 0x1000; register += register < 0x100 ? 1 : 64) {
                for (int value : new int[] {0, -1, 0x5555_5555, 0x8000_0000, 1}) {
                    for (int size = 1; size <= 4; size *= 2) {
                        if (register % size == 0) {
                            machine.configure(0, device, register, size, value);
                            machine.configure(1, 0, register, size, value);
                        }
                    }
                }
            }
        }
        machine.host.reset();
        assertThat(machine.config(1, 0, 0, 4)).isEqualTo(0x0002_1234);
        assertThat(machine.bus.readMmio(bar(0, 3, 0) + 8, 4)).isEqualTo(8);
    }
}
