package dev.hv.devices.firmware;

import dev.hv.devices.chipset.PciHost;
import java.util.List;

/**
 * Where things are in a machine's or partition's physical address space.
 *
 * @param rsdp address of the ACPI root pointer
 * @param smbios address of the SMBIOS entry point
 * @param e820 memory map, ascending
 * @param mtrrs memory types
 * @param lowMmioBase first address of the device memory window below 4 GiB
 * @param lowMmioLength its bytes
 * @param highMmioBase first address of the device memory window above memory
 * @param highMmioLength its bytes
 */
public record FirmwareLayout(long rsdp, long smbios, List<E820Entry> e820, MtrrValues mtrrs, long lowMmioBase, long lowMmioLength,
        long highMmioBase, long highMmioLength) {

    /** Memory below 4 GiB ends here at the latest; the rest starts at 4 GiB. */
    public static final long LOW_MEMORY_END = 0xF800_0000L;
    /** From here to 4 GiB are the interrupt controllers and other fixed addresses. */
    public static final long ARCHITECTURAL = 0xFE00_0000L;
    /** Where memory above the gap starts. */
    public static final long HIGH_MEMORY = 1L << 32;
    /** The BIOS data area: what real-mode code looks up, the next two included. */
    public static final long BIOS_DATA = 0x400;
    /** Base memory ends here: the first address of the extended BIOS data area, in which firmware keeps the tables. */
    public static final long EBDA = 0x9_0000;
    /** Base memory in KiB. */
    public static final int BASE_MEMORY_KIB = (int) (EBDA >> 10);
    /** End of the extended BIOS data area. */
    public static final long EBDA_END = 0xA_0000;
    /** First address of the tables; they end below {@link #EBDA_END}. */
    static final long TABLES = EBDA + 0x1000;
    /** The root pointer: where operating systems look for it. */
    public static final long RSDP = 0xE_0000;
    /** The SMBIOS entry point: where operating systems look for it. */
    public static final long SMBIOS = 0xF_0000;

    private static final long MIB = 1 << 20;
    private static final long HIGH_WINDOW = 512 * MIB;

    static FirmwareLayout of(FirmwareConfig config, long acpiEnd) {
        long highEnd = HIGH_MEMORY + config.highMemory();
        long window = (highEnd + 2 * MIB - 1) & -(2 * MIB);
        var map = List.of(
                new E820Entry(0, EBDA, E820Entry.RAM),
                new E820Entry(EBDA, TABLES - EBDA, E820Entry.RESERVED),
                new E820Entry(TABLES, acpiEnd - TABLES, E820Entry.ACPI),
                new E820Entry(acpiEnd, EBDA_END - acpiEnd, E820Entry.RESERVED),
                new E820Entry(RSDP, MIB - RSDP, E820Entry.RESERVED),
                new E820Entry(MIB, config.lowMemory() - config.reservedMemory() - MIB, E820Entry.RAM),
                new E820Entry(config.lowMemory() - config.reservedMemory(), config.reservedMemory(), E820Entry.RESERVED),
                new E820Entry(PciHost.ECAM, PciHost.ECAM_LENGTH, E820Entry.RESERVED),
                new E820Entry(HIGH_MEMORY, config.highMemory(), E820Entry.RAM));
        return new FirmwareLayout(RSDP, SMBIOS, map.stream().filter(e -> e.length() > 0).toList(),
                MtrrValues.covering(config.lowMemory(), config.highMemory(), config.physicalBits()), LOW_MEMORY_END,
                ARCHITECTURAL - LOW_MEMORY_END, window, HIGH_WINDOW);
    }
}
