package dev.hv.cpu.memory;

/** Little-endian numbers in byte arrays: as the processor, and everything on VMBus, PCI and ACPI, has them. */
public final class LittleEndian {

    private LittleEndian() {}

    /** 16 bits, zero-extended. */
    public static int u16(byte[] b, int at) {
        return b[at] & 0xFF | (b[at + 1] & 0xFF) << 8;
    }

    /** 32 bits. */
    public static int u32(byte[] b, int at) {
        return u16(b, at) | u16(b, at + 2) << 16;
    }

    /** 64 bits. */
    public static long u64(byte[] b, int at) {
        return u32(b, at) & 0xFFFF_FFFFL | (long) u32(b, at + 4) << 32;
    }

    /** {@code size} bytes, 0 to 8, zero-extended. */
    public static long get(byte[] b, int at, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (b[at + i] & 0xFFL) << 8 * i;
        }
        return value;
    }

    /** Sets 16 bits. */
    public static void put16(byte[] b, int at, int value) {
        b[at] = (byte) value;
        b[at + 1] = (byte) (value >>> 8);
    }

    /** Sets 32 bits. */
    public static void put32(byte[] b, int at, int value) {
        put16(b, at, value);
        put16(b, at + 2, value >>> 16);
    }

    /** Sets 64 bits. */
    public static void put64(byte[] b, int at, long value) {
        put32(b, at, (int) value);
        put32(b, at + 4, (int) (value >>> 32));
    }

    /** Sets {@code size} bytes, 0 to 8, to the low ones of a number. */
    public static void put(byte[] b, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            b[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
