package dev.hv.core.machine;

/** A device's side of port I/O. Sizes are 1, 2 or 4 bytes; ports are absolute (0 … 0xFFFF). */
public interface PortHandler {

    /** IN: returns {@code size} bytes, zero-extended; higher bits are ignored by the caller. */
    int readPort(int port, int size);

    /** OUT: takes the low {@code size} bytes of {@code value} (higher bits are zero). */
    void writePort(int port, int size, int value);
}
