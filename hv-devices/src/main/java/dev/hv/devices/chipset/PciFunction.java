package dev.hv.devices.chipset;

/** Configuration space of one PCI function. Accesses are 1, 2 or 4 bytes and aligned to their size. */
public interface PciFunction {

    /** Offset of the last byte. */
    int LAST_REGISTER = 0xFF;

    /** Reads {@code size} bytes at an offset, 0 … 0xFF, zero-extended. */
    int readConfig(int offset, int size);

    /** Writes the low {@code size} bytes of {@code value}. */
    void writeConfig(int offset, int size, int value);

    /** Hardware reset. */
    void reset();
}
