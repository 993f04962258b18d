package dev.hv.devices.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class AmlTest {

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void namesArePaddedAndPrefixed() {
        assertThat(hex(Aml.name("_HID"))).isEqualTo("5f484944");
        assertThat(hex(Aml.name("\\_SB"))).isEqualTo("5c5f53425f");
        assertThat(hex(Aml.name("\\"))).isEqualTo("5c00");
        assertThat(hex(Aml.name("_SB.PCI0"))).isEqualTo("2e5f53425f50434930");
        assertThat(hex(Aml.name("\\_SB.PCI0.A"))).isEqualTo("5c2f035f53425f50434930415f5f5f");
        assertThatThrownBy(() -> Aml.name("TOOLONG")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void integersTakeTheirShortestForm() {
        assertThat(hex(Aml.integer(0))).isEqualTo("00");
        assertThat(hex(Aml.integer(1))).isEqualTo("01");
        assertThat(hex(Aml.integer(2))).isEqualTo("0a02");
        assertThat(hex(Aml.integer(0x100))).isEqualTo("0b0001");
        assertThat(hex(Aml.integer(0x10000))).isEqualTo("0c00000100");
        assertThat(hex(Aml.integer(0x1_0000_0000L))).isEqualTo("0e0000000001000000");
    }

    @Test
    void identifiersAreCompressedAsTheSpecificationShows() {
        // The specification's examples: PNP0A03 is 0x030AD041, PNP0501 is 0x0105D041.
        assertThat(hex(Aml.eisaId("PNP0A03"))).isEqualTo("0c41d00a03");
        assertThat(hex(Aml.eisaId("PNP0501"))).isEqualTo("0c41d00501");
    }

    @Test
    void lengthsCountThemselvesAndGrow() {
        assertThat(hex(Aml.buffer(new byte[] {1, 2}))).isEqualTo("11050a020102");
        assertThat(Aml.buffer(new byte[60])).startsWith(0x11, 0x3F, 0x0A, 60);
        assertThat(Aml.buffer(new byte[61])).as("64 with two length bytes: 0x41 0x04").startsWith(0x11, 0x41, 0x04, 0x0A, 61);
        byte[] large = Aml.buffer(new byte[5000]);
        assertThat(large).startsWith(0x11, 0x8E, 0x38, 0x01, 0x0B).hasSize(1 + 3 + 3 + 5000);
    }

    @Test
    void packagesHoldUpTo255Elements() {
        assertThat(hex(Aml.pack(Aml.integer(0), Aml.integer(1)))).isEqualTo("1204020001");
        assertThatThrownBy(() -> Aml.pack(new byte[256][0])).isInstanceOf(IllegalArgumentException.class);
    }
}
