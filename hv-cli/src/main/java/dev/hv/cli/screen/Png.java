package dev.hv.cli.screen;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes pictures as PNG (W3C, Portable Network Graphics, third edition): with a palette where 256 colours are enough, as on consoles, else in true colour. Equal pictures are equal files. */
public final class Png {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final int PALETTE = 3;
    private static final int TRUE_COLOUR = 2;
    private static final int MOST_COLOURS = 256;
    /** Filter of a line: each byte less the one above it. */
    private static final int UP = 2;

    private Png() {}

    /** The file's bytes. */
    public static byte[] of(ScreenImage image) {
        Map<Integer, Integer> colours = colours(image.pixels());
        var out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        ByteBuffer header = ByteBuffer.allocate(13).putInt(image.width()).putInt(image.height()).put((byte) 8).put((byte) (colours == null ? TRUE_COLOUR : PALETTE));
        chunk(out, "IHDR", header.array());
        if (colours != null) {
            byte[] palette = new byte[colours.size() * 3];
            colours.forEach((colour, index) -> put(palette, index * 3, colour));
            chunk(out, "PLTE", palette);
        }
        chunk(out, "IDAT", deflate(lines(image, colours)));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** Numbers of the colours in the order of their first pixels; null when there are too many. */
    private static Map<Integer, Integer> colours(int[] pixels) {
        Map<Integer, Integer> all = new HashMap<>();
        int last = -1;
        for (int p : pixels) {
            if (p != last && !all.containsKey(p)) {
                if (all.size() == MOST_COLOURS) {
                    return null;
                }
                all.put(p, all.size());
            }
            last = p;
        }
        return all;
    }

    private static void put(byte[] to, int at, int colour) {
        to[at] = (byte) (colour >> 16);
        to[at + 1] = (byte) (colour >> 8);
        to[at + 2] = (byte) colour;
    }

    private static byte[] lines(ScreenImage image, Map<Integer, Integer> colours) {
        int bytes = colours == null ? 3 : 1;
        int line = image.width() * bytes;
        byte[] raw = new byte[image.height() * (line + 1)];
        byte[] above = new byte[line];
        byte[] now = new byte[line];
        for (int y = 0, at = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                int p = image.pixels()[y * image.width() + x];
                if (colours == null) {
                    put(now, x * 3, p);
                } else {
                    now[x] = (byte) (int) colours.get(p);
                }
            }
            raw[at++] = UP;
            for (int i = 0; i < line; i++) {
                raw[at++] = (byte) (now[i] - above[i]);
            }
            System.arraycopy(now, 0, above, 0, line);
        }
        return raw;
    }

    private static byte[] deflate(byte[] raw) {
        try (var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION)) {
            deflater.setInput(raw);
            deflater.finish();
            var out = new ByteArrayOutputStream();
            byte[] some = new byte[1 << 14];
            while (!deflater.finished()) {
                out.write(some, 0, deflater.deflate(some));
            }
            return out.toByteArray();
        }
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(name);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
