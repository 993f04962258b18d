package dev.hv.devices.firmware;

import java.util.List;

/**
 * What firmware would have left in memory for an operating system: ACPI tables, SMBIOS structures, and the layout record with the
 * memory map. A loader copies the pieces.
 *
 * @param pieces bytes and where they go
 * @param layout where things are
 */
public record FirmwareTables(List<FirmwarePiece> pieces, FirmwareLayout layout) {

    /** More do not fit the place for the tables. */
    public static final int MAX_PROCESSORS = 512;

    private static final long PAGE = 0x1000;
    private static final int SMBIOS_BYTES = 0x1000;
    private static final long ALIGNMENT = 64;

    /** Builds the tables. */
    public static FirmwareTables build(FirmwareConfig config) {
        byte[] madt = FixedTables.madt(config.processors());
        byte[] facs = FixedTables.facs();
        // Lengths do not depend on addresses: the first round only measures.
        var draft = FirmwareLayout.of(config, FirmwareLayout.TABLES + PAGE, FirmwareLayout.TABLES + 2 * PAGE);
        int dsdtLength = Dsdt.build(config, draft).length;
        long facsAt = FirmwareLayout.TABLES;
        long dsdtAt = facsAt + facs.length;
        long madtAt = align(dsdtAt + dsdtLength);
        long fadtAt = align(madtAt + madt.length);
        byte[] fadt = FixedTables.fadt(facsAt, dsdtAt);
        long xsdtAt = align(fadtAt + fadt.length);
        byte[] xsdt = FixedTables.xsdt(fadtAt, madtAt);
        long acpiEnd = xsdtAt + xsdt.length + PAGE - 1 & -PAGE;
        long smbiosEnd = acpiEnd + SMBIOS_BYTES;
        var layout = FirmwareLayout.of(config, acpiEnd, smbiosEnd);
        byte[] smbios = Smbios.structures();
        return new FirmwareTables(List.of(
                new FirmwarePiece(facsAt, facs),
                new FirmwarePiece(dsdtAt, Dsdt.build(config, layout)),
                new FirmwarePiece(madtAt, madt),
                new FirmwarePiece(fadtAt, fadt),
                new FirmwarePiece(xsdtAt, xsdt),
                new FirmwarePiece(acpiEnd, smbios),
                new FirmwarePiece(FirmwareLayout.RSDP, FixedTables.rsdp(xsdtAt)),
                new FirmwarePiece(FirmwareLayout.SMBIOS, Smbios.entryPoint(acpiEnd, smbios.length))), layout);
    }

    private static long align(long address) {
        return address + ALIGNMENT - 1 & -ALIGNMENT;
    }
}
