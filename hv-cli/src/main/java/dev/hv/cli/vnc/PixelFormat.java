package dev.hv.cli.vnc;

import java.nio.ByteBuffer;

/**
 * How a client wants pixels (RFC 6143, 7.4): true colours alone.
 *
 * @param bits of a pixel: 8, 16 or 32
 * @param depth of them that count
 * @param bigEndian order of a pixel's bytes
 */
record PixelFormat(int bits, int depth, boolean bigEndian, int redMost, int greenMost, int blueMost, int redShift, int greenShift, int blueShift) {

    /** Bytes of its description. */
    static final int SIZE = 16;
    /** Pixels as a screen has them: red in bits 23:16, green in 15:8, blue in 7:0. */
    static final PixelFormat NATURAL = new PixelFormat(32, 24, false, 255, 255, 255, 16, 8, 0);

    /** A description; null for one that cannot be served. */
    static PixelFormat read(ByteBuffer b) {
        int bits = b.get() & 0xFF;
        int depth = b.get() & 0xFF;
        boolean big = b.get() != 0;
        boolean trueColour = b.get() != 0;
        var f = new PixelFormat(bits, depth, big, b.getShort() & 0xFFFF, b.getShort() & 0xFFFF, b.getShort() & 0xFFFF, b.get() & 0xFF, b.get() & 0xFF, b.get() & 0xFF);
        b.position(b.position() + 3);
        boolean sane = (bits == 8 || bits == 16 || bits == 32) && f.redShift < bits && f.greenShift < bits && f.blueShift < bits;
        return trueColour && sane ? f : null;
    }

    void write(ByteBuffer b) {
        b.put((byte) bits).put((byte) depth).put((byte) (bigEndian ? 1 : 0)).put((byte) 1);
        b.putShort((short) redMost).putShort((short) greenMost).putShort((short) blueMost);
        b.put((byte) redShift).put((byte) greenShift).put((byte) blueShift).put(new byte[3]);
    }

    int bytes() {
        return bits / 8;
    }

    /** A pixel's value. */
    int of(int rgb) {
        if (this.equals(NATURAL)) {
            return rgb & 0xFF_FFFF;
        }
        return scaled(rgb >> 16 & 0xFF, redMost) << redShift | scaled(rgb >> 8 & 0xFF, greenMost) << greenShift | scaled(rgb & 0xFF, blueMost) << blueShift;
    }

    private static int scaled(int part, int most) {
        return (part * most + 127) / 255;
    }

    /** Puts a pixel's value into bytes. */
    void put(byte[] to, int at, int value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            to[at + i] = (byte) (value >>> 8 * (bigEndian ? bytes - 1 - i : i));
        }
    }

    /** Whether ZRLE has pixels in three bytes (RFC 6143, 7.7.5), of the low ones of the value. */
    boolean compactLow() {
        return bits == 32 && depth <= 24 && ((long) redMost << redShift | (long) greenMost << greenShift | (long) blueMost << blueShift) <= 0xFF_FFFFL;
    }

    /** The same of the high ones. */
    boolean compactHigh() {
        return bits == 32 && depth <= 24 && (((long) redMost << redShift | (long) greenMost << greenShift | (long) blueMost << blueShift) & 0xFF) == 0;
    }
}
