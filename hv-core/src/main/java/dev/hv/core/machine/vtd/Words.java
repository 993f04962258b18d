package dev.hv.core.machine.vtd;

/** Halves of registers of 64 bits. */
final class Words {

    private Words() {}

    /** 32 bits of a word: the upper ones when the register's offset says so. */
    static int half(long word, int offset) {
        return (int) ((offset & 4) == 0 ? word : word >>> 32);
    }

    /** The word with another lower half. */
    static long withLow(long word, int value) {
        return word & -1L << 32 | value & 0xFFFF_FFFFL;
    }

    /** The word with another upper half. */
    static long withHigh(long word, int value) {
        return word & 0xFFFF_FFFFL | (long) value << 32;
    }

    /** The word with another half, by the register's offset. */
    static long with(long word, int offset, int value) {
        return (offset & 4) == 0 ? withLow(word, value) : withHigh(word, value);
    }
}
