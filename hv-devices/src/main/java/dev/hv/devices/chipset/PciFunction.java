package dev.hv.devices.chipset;

/** Configuration space of one PCI function. Accesses are 1, 2 or 4 bytes and aligned to their size. */
public interface PciFunction {

    /** Offset of the last byte of a conventional configuration space, which is also as far as the ports at 0xCF8 reach. */
    int LAST_REGISTER = 0xFF;

    /** Reads {@code size} bytes at an offset, 0 … {@link #lastRegister}, zero-extended. */
    int readConfig(int offset, int size);

    /** Writes the low {@code size} bytes of {@code value}. */
    void writeConfig(int offset, int size, int value);

    /** Hardware reset. */
    void reset();

    /** Offset of the last byte: 0xFF, or 0xFFF for a function of PCI Express. */
    default int lastRegister() {
        return LAST_REGISTER;
    }

    /**
     * The function at a place behind this one, which is a bridge; null when there is none, or the bridge does not pass on to that bus.
     *
     * @param bus 1 … 255
     * @param number device in bits 7:3, function in 2:0
     */
    default PciFunction behind(int bus, int number) {
        return null;
    }
}
