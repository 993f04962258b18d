package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.PortHandler;
import org.junit.jupiter.api.Test;

class PciHostTest {

    private final FakePower power = new FakePower();
    private final PciHost pci = new PciHost(new ResetControl(power));

    private void select(int bus, int device, int function, int register) {
        pci.writePort(0xCF8, 4, 0x8000_0000 | bus << 16 | device << 11 | function << 8 | register);
    }

    @Test
    void theAddressRegisterReadsBackWithoutItsReservedBits() {
        pci.writePort(0xCF8, 4, 0xFFFF_FFFF);
        assertThat(pci.readPort(0xCF8, 4)).isEqualTo(0x80FF_FFFC);
    }

    @Test
    void theHostBridgeIsDeviceZero() {
        select(0, 0, 0, 0);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0x0001_1414);
        select(0, 0, 0, 8);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0x0600_0000);
        assertThat(pci.readPort(0xCFF, 1)).isEqualTo(6);
        assertThat(pci.readPort(0xCFE, 2)).isEqualTo(0x0600);
        select(0, 0, 0, 0x10);
        pci.writePort(0xCFC, 4, -1);
        assertThat(pci.readPort(0xCFC, 4)).as("no base address registers").isZero();
    }

    @Test
    void absentFunctionsAndBusesReadAsOnes() {
        select(0, 1, 0, 0);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(-1);
        select(0, 31, 7, 0);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(-1);
        select(1, 0, 0, 0);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(-1);
        pci.writePort(0xCF8, 4, 0);
        assertThat(pci.readPort(0xCFC, 4)).as("not enabled").isEqualTo(-1);
    }

    @Test
    void aFunctionTakesItsWritableBits() {
        var config = new PciConfigSpace(0x1234, 0x5678, 0x020000, 3);
        pci.add(3, 0, config);
        select(0, 3, 0, 4);
        pci.writePort(0xCFC, 2, 0xFFFF);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0x0547);
        select(0, 3, 0, 0x3C);
        pci.writePort(0xCFC, 1, 0x0B);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0x0B);
        assertThatThrownBy(() -> pci.add(3, 0, config)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pci.add(16, 0, config)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aByteAtCf9IsTheResetControl() {
        select(0, 3, 1, 0);
        pci.writePort(0xCF9, 1, 0x06);
        assertThat(power.calls).containsExactly("reset");
        assertThat(pci.readPort(0xCF8, 4)).isEqualTo(0x8000_1900);
        assertThat(pci.readPort(0xCF9, 1)).isEqualTo(6);
    }

    @Test
    void aPortRangeFollowsItsBaseAddressRegister() {
        var bus = new DeviceBus();
        bus.claimPorts(0x3F8, 8, new Constant(0x33));
        var config = new PciConfigSpace(0x1234, 0x5678, 0x020000, 3);
        config.ports(1, 0xC000, 0x20, bus, new Offsets());
        pci.add(3, 0, config);
        assertThat(bus.in(0xC01F, 1)).isEqualTo(0x1F);
        select(0, 3, 0, 0x14);
        pci.writePort(0xCFC, 4, -1);
        assertThat(pci.readPort(0xCFC, 4)).as("size of the range").isEqualTo(0xFFE1);
        pci.writePort(0xCFC, 4, 0xD040);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0xD041);
        assertThat(bus.in(0xC01F, 1)).as("where it was").isEqualTo(0xFF);
        assertThat(bus.in(0xD045, 1)).isEqualTo(5);
        pci.writePort(0xCFC, 4, 0x3E0);
        assertThat(bus.in(0x3F8, 1)).as("somebody else's ports stay theirs").isEqualTo(0x33);
        pci.writePort(0xCFC, 4, 0xD040);
        select(0, 3, 0, 4);
        pci.writePort(0xCFC, 2, 0);
        assertThat(bus.in(0xD045, 1)).as("not decoded").isEqualTo(0xFF);
        pci.writePort(0xCFC, 2, 1);
        assertThat(bus.in(0xD045, 1)).isEqualTo(5);
    }

    /** Reads as the offset in its range. */
    private static final class Offsets implements PortHandler {
        @Override
        public int readPort(int port, int size) {
            return port;
        }

        @Override
        public void writePort(int port, int size, int value) {}
    }

    /** Reads as one value. */
    private record Constant(int value) implements PortHandler {
        @Override
        public int readPort(int port, int size) {
            return value;
        }

        @Override
        public void writePort(int port, int size, int value) {}
    }
}
