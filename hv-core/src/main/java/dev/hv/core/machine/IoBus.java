package dev.hv.core.machine;

/**
 * The two device address spaces of a machine or of a partition. Accesses that nobody claimed read as all ones and write
 * nothing. Claims must not overlap.
 */
public interface IoBus {

    /**
     * Gives {@code count} ports from {@code first} to a device.
     *
     * @throws IllegalArgumentException when one of them is taken or out of range
     */
    void claimPorts(int first, int count, PortHandler handler);

    /** Whether nobody has any of these ports. */
    boolean portsFree(int first, int count);

    /** Takes ports back that were claimed, when a device moves to others. */
    void releasePorts(int first, int count);

    /**
     * Gives a range of physical addresses, page-aligned at both ends, to a device.
     *
     * @throws IllegalArgumentException when part of it is taken
     */
    void claimMmio(long base, long length, MmioHandler handler);

    /** Whether no device has any of these physical addresses, and they could be claimed. */
    boolean mmioFree(long base, long length);

    /** Takes a range of physical addresses back that was claimed with exactly these bounds, when a device moves to another. */
    void releaseMmio(long base, long length);
}
