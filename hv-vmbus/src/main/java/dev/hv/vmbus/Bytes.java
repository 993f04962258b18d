package dev.hv.vmbus;

/** Little-endian numbers in byte arrays, as everything on VMBus has them. */
public final class Bytes {

    private Bytes() {}

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

    /** Sets a GUID. */
    public static void putGuid(byte[] b, int at, Guid guid) {
        put64(b, at, guid.first());
        put64(b, at + 8, guid.second());
    }
}
