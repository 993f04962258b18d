package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;

/** Memory by linear addresses, to somebody who only reads. */
@FunctionalInterface
public interface LinearMemory {

    /** Reads as many bytes from an address on, up to a length, as are there. */
    byte[] read(long linear, int length);

    /** A word of 8 bytes; 0 where there is none. */
    default long u64(long linear) {
        byte[] b = read(linear, 8);
        return b.length < 8 ? 0 : LittleEndian.u64(b, 0);
    }

    /** A word of 4 bytes; 0 where there is none. */
    default int u32(long linear) {
        byte[] b = read(linear, 4);
        return b.length < 4 ? 0 : LittleEndian.u32(b, 0);
    }
}
