package dev.hv.core.machine;

/** Registers of 32 bits at addresses: accesses of 64 bits are two, the lower half first, reads of less are parts of one, and writes of less have no effect. */
public interface WordRegisters extends MmioHandler {

    /** Reads a register at an offset that is a multiple of 4. */
    int readWord(int offset);

    /** Writes a register at an offset that is a multiple of 4. */
    void writeWord(int offset, int value);

    @Override
    default long readMmio(long offset, int size) {
        int word = (int) offset & ~3;
        long value = readWord(word) & 0xFFFF_FFFFL;
        if (size == 8) {
            value |= (long) readWord(word + 4) << 32;
        }
        return value >>> (((int) offset & 3) << 3);
    }

    /** {@inheritDoc} Registers are written whole, aligned: what is not is ignored. */
    @Override
    default void writeMmio(long offset, int size, long value) {
        if (size < 4 || (offset & 3) != 0) {
            return;
        }
        writeWord((int) offset, (int) value);
        if (size == 8) {
            writeWord((int) offset + 4, (int) (value >>> 32));
        }
    }
}
