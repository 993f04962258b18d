package dev.hv.devices.storage;

/** What SCSI puts into byte arrays: big-endian numbers, and text. */
final class Wire {

    private Wire() {}

    static int big16(byte[] b, int at) {
        return (b[at] & 0xFF) << 8 | b[at + 1] & 0xFF;
    }

    static int big24(byte[] b, int at) {
        return (b[at] & 0xFF) << 16 | big16(b, at + 1);
    }

    /** Unsigned, in a long. */
    static long big32(byte[] b, int at) {
        return (long) big16(b, at) << 16 | big16(b, at + 2);
    }

    static long big64(byte[] b, int at) {
        return big32(b, at) << 32 | big32(b, at + 4);
    }

    static void putBig16(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 8);
        b[at + 1] = (byte) value;
    }

    static void putBig32(byte[] b, int at, int value) {
        putBig16(b, at, value >>> 16);
        putBig16(b, at + 2, value);
    }

    static void putBig64(byte[] b, int at, long value) {
        putBig32(b, at, (int) (value >>> 32));
        putBig32(b, at + 4, (int) value);
    }

    /** Text padded with spaces, or cut. */
    static void putText(byte[] b, int at, int length, String text) {
        for (int i = 0; i < length; i++) {
            b[at + i] = (byte) (i < text.length() ? text.charAt(i) : ' ');
        }
    }
}
