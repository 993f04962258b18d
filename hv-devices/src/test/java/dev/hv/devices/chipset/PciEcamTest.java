package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bus 0's configuration spaces as device memory: address bits 19:15 are the device, 14:12 the function, 11:0 the register. */
class PciEcamTest {

    private static final int FUNCTION = 3 << 15 | 2 << 12;

    private final PciHost pci = new PciHost(new ResetControl(new FakePower()));
    private final PciEcam ecam = new PciEcam(pci);

    @BeforeEach
    void plugIn() {
        pci.add(3, 2, new PciConfigSpace(0x1234, 0x5678, 0x020000, 3));
    }

    @Test
    void itReadsWhatThePortsRead() {
        assertThat(ecam.readMmio(0, 4)).as("the host bridge").isEqualTo(0x0001_1414);
        assertThat(ecam.readMmio(FUNCTION, 4)).isEqualTo(0x5678_1234L);
        assertThat(ecam.readMmio(FUNCTION + 2, 2)).isEqualTo(0x5678);
        assertThat(ecam.readMmio(FUNCTION + 1, 1)).isEqualTo(0x12);
        pci.writePort(0xCF8, 4, 0x8000_0000 | 3 << 11 | 2 << 8 | 4);
        pci.writePort(0xCFC, 2, 0x0104);
        assertThat(ecam.readMmio(FUNCTION + 4, 4)).isEqualTo(0x0104);
    }

    @Test
    void itWritesWhatThePortsWrite() {
        ecam.writeMmio(FUNCTION + 0x3C, 1, 0x0B);
        ecam.writeMmio(FUNCTION + 4, 2, 0xFFFF);
        pci.writePort(0xCF8, 4, 0x8000_0000 | 3 << 11 | 2 << 8 | 0x3C);
        assertThat(pci.readPort(0xCFC, 4)).isEqualTo(0x0B);
        assertThat(ecam.readMmio(FUNCTION + 4, 2)).as("the bits that can be written").isEqualTo(0x0547);
    }

    @Test
    void accessesThatConfigurationSpaceDoesNotKnowGoInParts() {
        assertThat(ecam.readMmio(FUNCTION, 8)).isEqualTo(0x5678_1234L);
        assertThat(ecam.readMmio(FUNCTION + 1, 4)).isEqualTo(0x0056_7812L);
        assertThat(ecam.readMmio(FUNCTION + 0xFD, 4)).as("the last three bytes, and one beyond").isEqualTo(0xFF00_0000L);
        ecam.writeMmio(FUNCTION, 8, 0xFFFF_FFFF_0000_0000L);
        assertThat(ecam.readMmio(FUNCTION + 4, 4)).isEqualTo(0x0547);
    }

    @Test
    void whatIsNotThereReadsAsOnesAndIgnoresWrites() {
        for (int absent : new int[] {1 << 15, 3 << 15, 31 << 15 | 7 << 12, FUNCTION + 0x100, FUNCTION + 0xFFC}) {
            ecam.writeMmio(absent, 4, 0);
            assertThat(ecam.readMmio(absent, 4)).isEqualTo(0xFFFF_FFFFL);
            assertThat(ecam.readMmio(absent, 1)).isEqualTo(0xFF);
        }
        assertThat(ecam.readMmio(1 << 15, 8)).isEqualTo(-1);
    }
}
