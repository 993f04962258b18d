package dev.hv.core.machine;

/** A device's side of memory-mapped registers. Sizes are 1, 2, 4 or 8 bytes; an access never leaves the claimed range. */
public interface MmioHandler {

    /** Reads {@code size} bytes at {@code offset} from the start of the range, zero-extended. */
    long readMmio(long offset, int size);

    /** Writes the low {@code size} bytes of {@code value} at {@code offset} from the start of the range. */
    void writeMmio(long offset, int size, long value);
}
