package dev.hv.core.tlfs;

/**
 * What an instruction that is carried out for a virtual processor reaches beside memory: devices of whoever owns the partition. Sizes are in
 * bytes, accesses cross no page, data is in the low bits.
 */
public interface DeviceAccess {

    /** Reads guest-physical addresses without memory: 1, 2, 4 or 8 bytes. */
    long read(long gpa, int size);

    /** Writes guest-physical addresses without memory: 1, 2, 4 or 8 bytes. */
    void write(long gpa, int size, long value);

    /** IN: 1, 2 or 4 bytes. */
    int in(int port, int size);

    /** OUT: 1, 2 or 4 bytes. */
    void out(int port, int size, int value);

    /**
     * FERR# is asserted: with CR0.NE clear the processor stands before an instruction that waits for an unmasked x87 error.
     *
     * @return whether IGNNE# is asserted, so that the instruction runs all the same
     */
    boolean numericError();
}
