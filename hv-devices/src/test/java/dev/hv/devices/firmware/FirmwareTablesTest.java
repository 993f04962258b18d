package dev.hv.devices.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.memory.LittleEndian;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expectations are laid out by hand from the specifications; the DSDT's come from iasl, from the sources beside them. */
class FirmwareTablesTest {

    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final String OEM = "485620202020" + "48565441424c4520" + "01000000" + "48562020" + "01000000";

    private static final byte[] ENTROPY = entropy();

    private static byte[] entropy() {
        byte[] b = new byte[64];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (i * 5 + 1);
        }
        return b;
    }

    private static FirmwareTables build(long low, long high, int processors, boolean vmbus) {
        return FirmwareTables.build(new FirmwareConfig(low, high, processors, 46, vmbus ? ENTROPY : new byte[0], vmbus));
    }

    private final FirmwareTables small = build(256 * MIB, 0, 1, false);

    private static FirmwarePiece piece(FirmwareTables tables, String signature) {
        return tables.pieces().stream().filter(p -> new String(p.bytes(), StandardCharsets.ISO_8859_1).startsWith(signature)).findFirst()
                .orElseThrow();
    }

    private static int sum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += bytes[i];
        }
        return sum & 0xFF;
    }

    /** The bytes in hexadecimal, those of a checksum replaced by "cc" after checking that it is right. */
    private static String checked(byte[] bytes, int length, int checksum) {
        assertThat(sum(bytes, length)).isZero();
        String hex = HexFormat.of().formatHex(bytes);
        return hex.substring(0, 2 * checksum) + "cc" + hex.substring(2 * checksum + 2);
    }

    private static String checked(byte[] table) {
        return checked(table, table.length, 9);
    }

    private static String hex32(long value) {
        return HexFormat.of().toHexDigits(Integer.reverseBytes((int) value));
    }

    private static String hex64(long value) {
        return HexFormat.of().toHexDigits(Long.reverseBytes(value));
    }

    @Test
    void theRootPointerLeadsToTheTables() {
        var rsdp = piece(small, "RSD PTR ");
        long xsdt = piece(small, "XSDT").address();
        assertThat(rsdp.address()).isEqualTo(0xE0000);
        assertThat(sum(rsdp.bytes(), 20)).isZero();
        String hex = checked(rsdp.bytes(), 36, 8);
        assertThat(hex.substring(0, 64)).isEqualTo("5253442050545220" + "cc" + "485620202020" + "02" + "00000000" + "24000000" + hex64(xsdt));
        assertThat(hex.substring(66)).isEqualTo("000000");
    }

    @Test
    void xsdtListsTheTables() {
        assertThat(checked(piece(small, "XSDT").bytes())).isEqualTo("58534454" + "3c000000" + "01" + "cc" + OEM
                + hex64(piece(small, "FACP").address()) + hex64(piece(small, "APIC").address()) + hex64(piece(small, "MCFG").address()));
        var told = build(256 * MIB, 0, 1, true);
        assertThat(checked(piece(told, "XSDT").bytes())).isEqualTo("58534454" + "44000000" + "01" + "cc" + OEM
                + hex64(piece(told, "FACP").address()) + hex64(piece(told, "APIC").address()) + hex64(piece(told, "MCFG").address())
                + hex64(piece(told, "OEM0").address()));
    }

    @Test
    void configurationSpaceOfTheBusesLiesInReservedMemoryOutsideOfTheWindows() {
        assertThat(checked(piece(small, "MCFG").bytes())).isEqualTo("4d434647" + "3c000000" + "01" + "cc" + OEM + "0000000000000000"
                + hex64(0xFE00_0000L) + "0000" + "00" + "07" + "00000000");
        assertThat(small.layout().e820()).contains(new E820Entry(0xFE00_0000L, 8 * MIB, 2));
        assertThat(small.layout().lowMmioBase() + small.layout().lowMmioLength()).isLessThanOrEqualTo(0xFE00_0000L);
    }

    @Test
    void aUnitOfVtdIsToldOfWithItsIoApic() {
        var tables = FirmwareTables.build(new FirmwareConfig(256 * MIB, 0, 1, 46, new byte[0], false, FirmwareConfig.Iommu.VT_D));
        assertThat(checked(piece(tables, "DMAR").bytes())).isEqualTo("444d4152" + "48000000" + "01" + "cc" + OEM + "2d" + "01" + "00".repeat(10)
                + "0000" + "1800" + "01" + "00" + "0000" + hex64(0xFED9_0000L) + "03" + "08" + "0000" + "00" + "f0" + "1f" + "00");
        assertThat(small.pieces()).noneMatch(p -> new String(p.bytes(), StandardCharsets.ISO_8859_1).startsWith("DMAR"));
    }

    @Test
    void aUnitOfAmdsIsToldOfInBothForms() {
        var tables = FirmwareTables.build(new FirmwareConfig(256 * MIB, 0, 1, 48, new byte[0], false, FirmwareConfig.Iommu.AMD_VI));
        String devices = "03" + "0000" + "00" + "04" + "ffff" + "00" + "48" + "0000" + "00" + "00" + "a000" + "01";
        String unit = "3800" + "4000" + hex64(0xFED8_0000L) + "0000" + "0000";
        assertThat(checked(piece(tables, "IVRS").bytes())).isEqualTo("49565253" + "90000000" + "02" + "cc" + OEM + "41302000" + "00".repeat(8)
                + "10" + "20" + "2800" + unit + "61000080" + devices + "11" + "20" + "3800" + unit + "00000000" + hex64(0x12_0000_0000_08C4L) + hex64(0) + devices);
    }

    @Test
    void entropyComesInATableOfMicrosofts() {
        String told = checked(piece(build(256 * MIB, 0, 1, true), "OEM0").bytes());
        assertThat(told).isEqualTo("4f454d30" + "64000000" + "01" + "cc" + "56525455414c" + "4d4943524f534654" + "01000000" + "4d534654" + "01000000"
                + HexFormat.of().formatHex(ENTROPY));
        assertThat(small.pieces()).noneMatch(p -> new String(p.bytes(), StandardCharsets.ISO_8859_1).startsWith("OEM0"));
        assertThatThrownBy(() -> new FirmwareConfig(MIB, 0, 1, 46, new byte[63], true)).hasMessageContaining("63 bytes of entropy");
    }

    /** What operating systems and hypervisors look up to find memory for their trampolines below the tables. */
    @Test
    void biosDataAgreesWithTheMemoryMapAboutTheEndOfBaseMemory() {
        byte[] area = small.pieces().get(1).bytes();
        assertThat(small.pieces().get(1).address()).isEqualTo(0x400);
        assertThat(area).hasSize(0x100);
        assertThat(LittleEndian.u16(area, 0x00)).as("COM1").isEqualTo(0x3F8);
        assertThat(LittleEndian.u16(area, 0x10)).as("equipment: one serial port, a floating-point unit").isEqualTo(0x202);
        long extended = LittleEndian.u16(area, 0x0E) << 4;
        assertThat(extended).isEqualTo(0x90000);
        assertThat(LittleEndian.u16(area, 0x13) << 10).as("base memory ends where the extended area starts").isEqualTo((int) extended);
        var first = small.layout().e820().getFirst();
        assertThat(first.base() + first.length()).isEqualTo(extended);
        var head = small.pieces().get(2);
        assertThat(head.address()).isEqualTo(extended);
        assertThat(extended + (LittleEndian.u16(head.bytes(), 0) << 10)).as("its length in KiB reaches the video memory").isEqualTo(0xA0000);
        assertThat(small.layout().e820()).noneMatch(e -> e.type() == 1 && e.base() < 0x100000 && e.base() + e.length() > extended);
    }

    @Test
    void fadtDescribesTheFixedHardware() {
        String dsdt = hex32(piece(small, "DSDT").address());
        String facs = hex32(piece(small, "FACS").address());
        assertThat(checked(piece(small, "FACP").bytes())).isEqualTo("46414350" + "14010000" + "06" + "cc" + OEM
                + facs + dsdt
                + "00" + "00" + "0900"                                     // reserved, profile, SCI
                + "00000000" + "00000000"                                  // no SMI command
                + "00040000" + "00000000" + "04040000" + "00000000"        // PM1a, PM1b event; control
                + "00000000" + "08040000" + "0c040000" + "00000000"        // PM2, timer, GPE0, GPE1
                + "04" + "02" + "00" + "04" + "04" + "00" + "00" + "00"    // lengths, GPE1 base, CST
                + "6500" + "e903" + "0000" + "0000" + "00" + "00"          // latencies, flush, duty
                + "00" + "00" + "32" + "0500" + "00"                       // alarms, century, boot flags
                + "b5850000"                                               // flags
                + "01080001" + hex64(0x433) + "01" + "0000" + "00"         // reset register and value
                + hex64(0) + dsdt + "00000000"
                + "01200002" + hex64(0x400) + "0".repeat(24)
                + "01100002" + hex64(0x404) + "0".repeat(24) + "0".repeat(24)
                + "01200003" + hex64(0x408)
                + "01200001" + hex64(0x40C) + "0".repeat(24)
                + "0".repeat(24) + "0".repeat(24) + "0".repeat(16));
    }

    @Test
    void facsIsAligned() {
        var facs = piece(small, "FACS");
        assertThat(facs.address() % 64).isZero();
        assertThat(HexFormat.of().formatHex(facs.bytes())).isEqualTo("4641435340000000" + "0".repeat(48) + "02" + "0".repeat(62));
    }

    @Test
    void madtHasProcessorsIoApicOverridesAndNmi() {
        var two = build(256 * MIB, 0, 2, false);
        assertThat(checked(piece(two, "APIC").bytes())).isEqualTo("41504943" + "62000000" + "04" + "cc" + OEM
                + "0000e0fe" + "01000000"
                + "0008" + "01" + "00" + "01000000"
                + "0008" + "02" + "01" + "01000000"
                + "010c" + "00" + "00" + "0000c0fe" + "00000000"
                + "020a" + "00" + "00" + "02000000" + "0000"
                + "020a" + "00" + "09" + "09000000" + "0d00"
                + "0406" + "ff" + "0000" + "01");
    }

    @Test
    void processorsBeyond255HaveX2apicEntries() {
        String hex = checked(piece(build(256 * MIB, 0, 257, false), "APIC").bytes());
        assertThat(hex).contains("0008" + "ff" + "fe" + "01000000"
                + "0910" + "0000" + "ff000000" + "01000000" + "00010000"
                + "0910" + "0000" + "00010000" + "01000000" + "01010000"
                + "010c");
        assertThat(hex).endsWith("0406" + "ff" + "0000" + "01" + "0a0c" + "0000" + "ffffffff" + "01" + "000000");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dsdtIsWhatTheCompilerMakesOfItsSource(boolean vmbus) {
        var tables = vmbus ? build(256 * MIB, GIB, 3, true) : small;
        byte[] dsdt = piece(tables, "DSDT").bytes();
        String body = resource(vmbus ? "dsdt-vmbus.hex" : "dsdt-pci.hex");
        String length = hex32(36 + body.length() / 2);
        assertThat(checked(dsdt)).isEqualTo("44534454" + length + "02" + "cc" + OEM + body);
    }

    private static String resource(String name) {
        try (var in = FirmwareTablesTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void smbiosHasItsThreeStructures() {
        var entry = small.pieces().get(small.pieces().size() - 2);
        var smbios = small.pieces().get(small.pieces().size() - 4);
        byte[] structures = smbios.bytes();
        assertThat(entry.address()).isEqualTo(0xF0000);
        assertThat(checked(entry.bytes(), 24, 5)).isEqualTo("5f534d335f" + "cc" + "18" + "03" + "00" + "00" + "01" + "00"
                + hex32(structures.length) + hex64(smbios.address()));
        assertThat(HexFormat.of().formatHex(structures)).isEqualTo(
                "00" + "18" + "0000" + "01" + "02" + "00e0" + "03" + "00" + "0800000000000000" + "0010" + "01" + "00" + "ff" + "ff"
                + text("hv", "1.0", "01/01/2026")
                + "01" + "1b" + "0100" + "01" + "02" + "03" + "00" + "0".repeat(32) + "06" + "00" + "00"
                + text("hv", "Virtual Machine", "1.0")
                + "7f" + "04" + "0200" + "0000");
    }

    private static String text(String... strings) {
        return HexFormat.of().formatHex((String.join("\0", strings) + "\0\0").getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void theMemoryMapHasTheTablesInItsHoles() {
        assertThat(small.layout().e820()).containsExactly(
                new E820Entry(0, 0x90000, 1),
                new E820Entry(0x90000, 0x1000, 2),
                new E820Entry(0x91000, 0x1000, 3),
                new E820Entry(0x92000, 0xE000, 2),
                new E820Entry(0xE0000, 0x20000, 2),
                new E820Entry(0x100000, 255 * MIB, 1),
                new E820Entry(0xFE00_0000L, 8 * MIB, 2));
        assertThat(build(3968 * MIB, 2 * GIB, 1, false).layout().e820()).endsWith(
                new E820Entry(0x100000, 3967 * MIB, 1),
                new E820Entry(0xFE00_0000L, 8 * MIB, 2),
                new E820Entry(0x1_0000_0000L, 2 * GIB, 1));
    }

    @ParameterizedTest
    @CsvSource({"1", "64", "512"})
    void tablesLieInTheirRangesAndDoNotOverlap(int processors) {
        var tables = build(1024 * MIB, 0, processors, true);
        var acpi = tables.layout().e820().get(2);
        var reserved = tables.layout().e820().get(3);
        long end = 0;
        for (var p : tables.pieces()) {
            assertThat(p.address()).isGreaterThanOrEqualTo(end);
            end = p.address() + p.bytes().length;
        }
        var xsdt = piece(tables, "XSDT");
        assertThat(xsdt.address() + xsdt.bytes().length).isLessThanOrEqualTo(acpi.base() + acpi.length());
        assertThat(piece(tables, "FACS").address()).isEqualTo(acpi.base());
        var smbios = tables.pieces().get(tables.pieces().size() - 4);
        assertThat(smbios.address()).isEqualTo(reserved.base());
        assertThat(smbios.address() + smbios.bytes().length).isLessThanOrEqualTo(0xA0000);
        assertThat(reserved.base() + reserved.length()).isEqualTo(0xA0000);
    }

    @Test
    void deviceWindowsLieBelow4GibAndAboveMemory() {
        var layout = build(3968 * MIB, GIB + 4096, 1, true).layout();
        assertThat(layout.lowMmioBase()).isEqualTo(0xF800_0000L);
        assertThat(layout.lowMmioBase() + layout.lowMmioLength()).isEqualTo(0xFE00_0000L);
        assertThat(layout.highMmioBase()).as("2 MiB aligned").isEqualTo(0x1_4020_0000L);
        assertThat(layout.highMmioLength()).isEqualTo(512 * MIB);
    }

    @Test
    void badSizesAreRefusedWithASentence() {
        assertThatThrownBy(() -> build(4096 * MIB, 0, 1, false)).hasMessageContaining("3968 MiB");
        assertThatThrownBy(() -> build(4096, 0, 1, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> build(64 * MIB, 1, 1, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> build(64 * MIB, 0, 0, false)).hasMessageContaining("0 processors");
        assertThatThrownBy(() -> build(64 * MIB, 0, 513, false)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void memoryTypesAreOnForConventionalMemory() {
        var mtrrs = small.layout().mtrrs();
        assertThat(mtrrs.defaultType()).isEqualTo(0xC00);
        assertThat(mtrrs.fixed()).containsExactly(0x0606060606060606L, 0x0606060606060606L, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(mtrrs.variable()).startsWith(6, 0x3FFF_F000_0800L).hasSize(16);
        assertThat(Arrays.stream(mtrrs.variable()).skip(2)).containsOnly(0L);
    }

    @ParameterizedTest
    @CsvSource({"256,0", "300,0", "2048,0", "3968,0", "3967,1024", "3968,28672", "3968,61441", "1,0", "3000,1000000"})
    void memoryTypesCoverAllMemoryAndNoDevices(long low, long high) {
        var variable = MtrrValues.covering(low * MIB, high * MIB, 46).variable();
        assertThat(type(variable, 0)).isEqualTo(6);
        assertThat(type(variable, low * MIB - 1)).isEqualTo(6);
        assertThat(type(variable, low * MIB / 2)).isEqualTo(6);
        assertThat(type(variable, 0xF800_0000L)).isZero();
        assertThat(type(variable, 0xFEE0_0000L)).isZero();
        for (long at = 0; at < high; at += 97) {
            assertThat(type(variable, 4 * GIB + at * MIB)).isEqualTo(6);
        }
        if (high > 0) {
            assertThat(type(variable, 4 * GIB + high * MIB - 1)).isEqualTo(6);
        }
    }

    /** Memory type by the manual's rule: a range has an address when both agree under the mask; uncacheable wins. */
    private static int type(long[] variable, long address) {
        boolean writeBack = false;
        for (int i = 0; i < variable.length; i += 2) {
            long mask = variable[i + 1] & 0x3FFF_FFFF_F000L;
            if ((variable[i + 1] & 0x800) != 0 && (address & mask) == (variable[i] & mask)) {
                if ((variable[i] & 0xFF) == 0) {
                    return 0;
                }
                writeBack = true;
            }
        }
        return writeBack ? 6 : 0;
    }
}
