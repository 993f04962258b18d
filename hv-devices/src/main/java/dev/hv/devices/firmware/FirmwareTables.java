package dev.hv.devices.firmware;

import dev.hv.cpu.memory.Page;
import java.util.ArrayList;
import java.util.List;

/**
 * What firmware would have left in memory for an operating system: vectors and data for real mode, ACPI tables, SMBIOS structures, and the
 * layout record with the memory map. A loader copies the pieces.
 *
 * @param pieces bytes and where they go, ascending
 * @param layout where things are
 */
public record FirmwareTables(List<FirmwarePiece> pieces, FirmwareLayout layout) {

    /** More do not fit the place for the tables. */
    public static final int MAX_PROCESSORS = 512;

    private static final long ALIGNMENT = 64;

    /** Builds the tables. */
    public static FirmwareTables build(FirmwareConfig config) {
        // lengths do not depend on addresses: the first round only measures
        int dsdtLength = Dsdt.build(config, FirmwareLayout.of(config, FirmwareLayout.EBDA_END)).length;
        var pieces = new ArrayList<FirmwarePiece>();
        append(pieces, BiosServices.VECTORS, BiosServices.vectors());
        append(pieces, FirmwareLayout.BIOS_DATA, BiosData.area());
        append(pieces, FirmwareLayout.EBDA, BiosData.extendedArea());
        long facs = append(pieces, FirmwareLayout.TABLES, FixedTables.facs());
        long dsdt = align(facs + pieces.getLast().bytes().length);
        long at = align(dsdt + dsdtLength);
        var tables = new ArrayList<byte[]>();
        tables.add(FixedTables.fadt(facs, dsdt));
        tables.add(FixedTables.madt(config.processors()));
        tables.add(FixedTables.mcfg());
        switch (config.iommu()) {
            case NONE -> { }
            case AMD_VI -> tables.add(RemappingTables.ivrs(config.physicalBits()));
            case VT_D -> tables.add(RemappingTables.dmar(config.physicalBits()));
        }
        if (config.entropy().length > 0) {
            tables.add(FixedTables.entropy(config.entropy()));
        }
        int dsdtIndex = pieces.size();
        long[] addresses = new long[tables.size()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = append(pieces, at, tables.get(i));
            at = align(at + tables.get(i).length);
        }
        byte[] xsdt = FixedTables.xsdt(addresses);
        long xsdtAt = append(pieces, at, xsdt);
        long acpiEnd = xsdtAt + xsdt.length + Page.SIZE - 1 & -Page.SIZE;
        byte[] smbios = Smbios.structures();
        if (acpiEnd + smbios.length > FirmwareLayout.EBDA_END) {
            throw new IllegalStateException("the tables end at 0x%x, beyond their place".formatted(acpiEnd + smbios.length));
        }
        var layout = FirmwareLayout.of(config, acpiEnd);
        pieces.add(dsdtIndex, new FirmwarePiece(dsdt, Dsdt.build(config, layout)));
        append(pieces, acpiEnd, smbios);
        append(pieces, FirmwareLayout.RSDP, FixedTables.rsdp(xsdtAt));
        append(pieces, FirmwareLayout.SMBIOS, Smbios.entryPoint(acpiEnd, smbios.length));
        append(pieces, BiosServices.CODE, BiosServices.code());
        return new FirmwareTables(List.copyOf(pieces), layout);
    }

    private static long append(List<FirmwarePiece> pieces, long at, byte[] bytes) {
        pieces.add(new FirmwarePiece(at, bytes));
        return at;
    }

    private static long align(long address) {
        return address + ALIGNMENT - 1 & -ALIGNMENT;
    }
}
