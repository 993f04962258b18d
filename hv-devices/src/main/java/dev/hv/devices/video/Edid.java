package dev.hv.devices.video;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a monitor says of itself: the base block of VESA's E-EDID, version 1.4, of a digital monitor with one detailed timing. */
final class Edid {

    /** Bytes of the block. */
    static final int SIZE = 128;

    private static final int MANUFACTURER = 8;
    private static final int YEAR = 17;
    private static final int VERSION = 18;
    private static final int INPUT = 20;
    private static final int CENTIMETRES = 21;
    private static final int GAMMA = 23;
    private static final int FEATURES = 24;
    private static final int CHROMATICITY = 25;
    private static final int STANDARD = 38;
    private static final int DETAILED = 54;
    private static final int DESCRIPTOR = 18;
    private static final int NAME = 0xFC;
    private static final int DUMMY = 0x10;
    private static final int REFRESH = 60;
    /** 96 pixels an inch, in millimetres a thousand pixels. */
    private static final int MILLIMETRES = 265;
    /** Primaries and white point of sRGB, in the form of the block. */
    private static final int[] SRGB = {0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54};

    private Edid() {}

    /** The block of a monitor that has one resolution. */
    static byte[] of(int width, int height) {
        byte[] e = new byte[SIZE];
        Arrays.fill(e, 1, 7, (byte) 0xFF);
        // letters of five bits each, A is 1: MSH
        e[MANUFACTURER] = (byte) (('M' - '@') << 2 | ('S' - '@') >> 3);
        e[MANUFACTURER + 1] = (byte) (('S' - '@') << 5 | 'H' - '@');
        e[YEAR] = (byte) (2025 - 1990);
        e[VERSION] = 1;
        e[VERSION + 1] = 4;
        e[INPUT] = (byte) 0xA0;
        int across = width * MILLIMETRES / 1000;
        int down = height * MILLIMETRES / 1000;
        e[CENTIMETRES] = (byte) Math.min(255, across / 10);
        e[CENTIMETRES + 1] = (byte) Math.min(255, down / 10);
        e[GAMMA] = (byte) 120;
        e[FEATURES] = 0x06;
        for (int i = 0; i < SRGB.length; i++) {
            e[CHROMATICITY + i] = (byte) SRGB[i];
        }
        Arrays.fill(e, STANDARD, DETAILED, (byte) 1);
        timing(e, DETAILED, width, height, across, down);
        e[DETAILED + DESCRIPTOR + 3] = (byte) NAME;
        byte[] name = "hv\n          ".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, e, DETAILED + DESCRIPTOR + 5, name.length);
        e[DETAILED + 2 * DESCRIPTOR + 3] = DUMMY;
        e[DETAILED + 3 * DESCRIPTOR + 3] = DUMMY;
        int sum = 0;
        for (byte b : e) {
            sum += b;
        }
        e[SIZE - 1] = (byte) -sum;
        return e;
    }

    /** A detailed timing at 60 Hz, with blanking as reduced timings have it: 160 pixels and 30 lines. */
    private static void timing(byte[] e, int at, int width, int height, int across, int down) {
        int blank = 160;
        int lines = 30;
        // widths above 12 bits cannot be said here, nor clocks above 655 MHz
        int w = Math.min(width, 0xFFF);
        int h = Math.min(height, 0xFFF);
        LittleEndian.put16(e, at, Math.min(0xFFFF, (w + blank) * (h + lines) / (10_000 / REFRESH)));
        e[at + 2] = (byte) w;
        e[at + 3] = (byte) blank;
        e[at + 4] = (byte) (w >> 8 << 4);
        e[at + 5] = (byte) h;
        e[at + 6] = (byte) lines;
        e[at + 7] = (byte) (h >> 8 << 4);
        e[at + 8] = 48;
        e[at + 9] = 32;
        e[at + 10] = 3 << 4 | 6;
        e[at + 12] = (byte) across;
        e[at + 13] = (byte) down;
        e[at + 14] = (byte) (across >> 8 << 4 | down >> 8);
        e[at + 17] = 0x1E;
    }
}
