package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        assertThatThrownBy(() -> pci.add(8, 0, config)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aByteAtCf9IsTheResetControl() {
        select(0, 3, 1, 0);
        pci.writePort(0xCF9, 1, 0x06);
        assertThat(power.calls).containsExactly("reset");
        assertThat(pci.readPort(0xCF8, 4)).isEqualTo(0x8000_1900);
        assertThat(pci.readPort(0xCF9, 1)).isEqualTo(6);
    }
}
