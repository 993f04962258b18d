package dev.hv.devices.firmware;

/**
 * A range of the firmware's memory map (ACPI specification, 15.1).
 *
 * @param base first physical address
 * @param length bytes
 * @param type one of the constants here
 */
public record E820Entry(long base, long length, int type) {
    /** Memory that the operating system may use. */
    public static final int RAM = 1;
    /** Not for the operating system. */
    public static final int RESERVED = 2;
    /** ACPI tables: memory once they have been read. */
    public static final int ACPI = 3;
}
