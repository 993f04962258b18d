package dev.hv.cli.vnc;

import dev.hv.devices.video.Area;
import java.util.Arrays;
import java.util.zip.Deflater;

/** ZRLE (RFC 6143, 7.7.6): tiles of 64 by 64 pixels, of one colour, with a palette of up to 16, or as they are; all of a connection's rectangles are one stream of zlib. */
final class Zrle implements AutoCloseable {

    private static final int TILE = 64;
    private static final int SOLID = 1;
    private static final int MOST_COLOURS = 16;

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    private byte[] plain = new byte[1 << 16];
    private int length;
    private final int[] palette = new int[MOST_COLOURS];

    /**
     * Encodes a rectangle.
     *
     * @param pixels of the whole screen
     * @param width of the whole screen
     * @return bytes of the stream; the first {@link #length} of them are wanted, until the next call
     */
    byte[] encode(int[] pixels, int width, Area area, PixelFormat format) {
        length = 0;
        for (int y = area.top(); y < area.bottom(); y += TILE) {
            for (int x = area.left(); x < area.right(); x += TILE) {
                tile(pixels, width, new Area(x, y, Math.min(x + TILE, area.right()), Math.min(y + TILE, area.bottom())), format);
            }
        }
        deflater.setInput(plain, 0, length);
        byte[] out = new byte[length / 2 + 64];
        int n = 0;
        while (true) {
            int more = deflater.deflate(out, n, out.length - n, Deflater.SYNC_FLUSH);
            n += more;
            if (n < out.length) {
                break;
            }
            out = Arrays.copyOf(out, 2 * out.length);
        }
        length = n;
        return out;
    }

    /** Bytes of what was encoded last. */
    int length() {
        return length;
    }

    private void room(int bytes) {
        if (plain.length - length < bytes) {
            plain = Arrays.copyOf(plain, Math.max(2 * plain.length, length + bytes));
        }
    }

    private void tile(int[] pixels, int width, Area t, PixelFormat format) {
        int colours = colours(pixels, width, t);
        room(1 + t.width() * t.height() * 4 + MOST_COLOURS * 4);
        if (colours == 0) {
            plain[length++] = 0;
            for (int y = t.top(); y < t.bottom(); y++) {
                for (int x = t.left(); x < t.right(); x++) {
                    pixel(pixels[y * width + x], format);
                }
            }
            return;
        }
        plain[length++] = (byte) (colours == 1 ? SOLID : colours);
        for (int i = 0; i < colours; i++) {
            pixel(palette[i], format);
        }
        if (colours > 1) {
            packed(pixels, width, t, colours);
        }
    }

    private void packed(int[] pixels, int width, Area t, int colours) {
        int bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
        for (int y = t.top(); y < t.bottom(); y++) {
            int held = 0;
            int free = 8;
            for (int x = t.left(); x < t.right(); x++) {
                int p = pixels[y * width + x];
                int index = 0;
                while (palette[index] != p) {
                    index++;
                }
                free -= bits;
                held |= index << free;
                if (free == 0) {
                    plain[length++] = (byte) held;
                    held = 0;
                    free = 8;
                }
            }
            if (free < 8) {
                plain[length++] = (byte) held;
            }
        }
    }

    /** How many colours a tile has, which are in the palette then; 0 for more than it has room for. */
    private int colours(int[] pixels, int width, Area t) {
        int n = 0;
        int last = -1;
        for (int y = t.top(); y < t.bottom(); y++) {
            for (int x = t.left(); x < t.right(); x++) {
                int p = pixels[y * width + x];
                if (p != last) {
                    int i = 0;
                    while (i < n && palette[i] != p) {
                        i++;
                    }
                    if (i == n) {
                        if (n == MOST_COLOURS) {
                            return 0;
                        }
                        palette[n++] = p;
                    }
                    last = p;
                }
            }
        }
        return n;
    }

    private void pixel(int rgb, PixelFormat format) {
        int value = format.of(rgb);
        if (format.compactLow()) {
            format.put(plain, length, value, 3);
            length += 3;
        } else if (format.compactHigh()) {
            format.put(plain, length, value >>> 8, 3);
            length += 3;
        } else {
            format.put(plain, length, value, format.bytes());
            length += format.bytes();
        }
    }

    @Override
    public void close() {
        deflater.close();
    }
}
