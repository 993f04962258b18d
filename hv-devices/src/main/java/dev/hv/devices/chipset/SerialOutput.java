package dev.hv.devices.chipset;

/** Where a serial port's transmitted bytes go. */
@FunctionalInterface
public interface SerialOutput {

    /** Takes one byte, 0 … 255. Called on the machine's thread; must not block for long. */
    void transmit(int value);
}
