package dev.hv.devices.video;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** The parts of a pointer's shape that have come so far: a shape may be too large for one message. */
final class ShapeParts implements Saveable {

    private static final int STATE_VERSION = 1;
    private static final int BYTES = 4;

    private int width;
    private int height;
    private int next;
    private byte[] data = new byte[0];

    /** Forgets what came. */
    void clear() {
        width = 0;
        height = 0;
        next = 0;
        data = new byte[0];
    }

    /**
     * Takes a part.
     *
     * @param part its number from 0 on, or the last one's
     * @return false for one that does not go on from those before, or more than the shape has
     */
    boolean take(int part, int newWidth, int newHeight, byte[] from, int at, int length) {
        if (newWidth <= 0 || newWidth > PointerShape.MOST || newHeight <= 0 || newHeight > PointerShape.MOST) {
            return false;
        }
        if (part == 0) {
            clear();
        }
        boolean first = next == 0;
        if (part != VideoFormat.LAST_PART && part != next || !first && (newWidth != width || newHeight != height)) {
            return false;
        }
        width = newWidth;
        height = newHeight;
        next++;
        // messages end at a multiple of 8: what is too much behind the last is none of it
        int wanted = Math.min(length, width * height * BYTES - data.length);
        int had = data.length;
        data = Arrays.copyOf(data, had + wanted);
        System.arraycopy(from, at, data, had, wanted);
        return next <= VideoFormat.LAST_PART;
    }

    /**
     * The shape of all parts, which are forgotten then; pixels that did not come are transparent.
     *
     * @param colours whether pixels have them; else they are two masks of one bit a pixel, one above the other
     */
    PointerShape shape(boolean colours, int hotX, int hotY) {
        int[] pixels = new int[width * height];
        int line = (width + 15) / 16 * 2;
        for (int i = 0; i < pixels.length; i++) {
            if (colours) {
                pixels[i] = i * BYTES + BYTES <= data.length ? LittleEndian.u32(data, i * BYTES) : 0;
            } else {
                boolean kept = bit(i % width, i / width, line);
                boolean white = bit(i % width, height + i / width, line);
                // what would be inverted is black: a cursor has no such colour
                pixels[i] = kept && !white ? 0 : white && !kept ? 0xFFFF_FFFF : 0xFF00_0000;
            }
        }
        var made = new PointerShape(width, height, Math.clamp(hotX, 0, width - 1), Math.clamp(hotY, 0, height - 1), pixels);
        clear();
        return made;
    }

    private boolean bit(int x, int y, int line) {
        int at = y * line + x / 8;
        return at < data.length && (data[at] >> 7 - x % 8 & 1) != 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("shape-parts", STATE_VERSION);
        out.put("width", width);
        out.put("height", height);
        out.put("next", next);
        out.put("data", data, 0, data.length);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("shape-parts", STATE_VERSION);
        width = (int) in.take();
        height = (int) in.take();
        next = (int) in.take();
        data = in.takeBytes();
        in.end();
    }

    /** Saves a whole shape. */
    static void save(StateWriter out, PointerShape s) {
        byte[] pixels = new byte[s.pixels().length * BYTES];
        for (int i = 0; i < s.pixels().length; i++) {
            LittleEndian.put32(pixels, i * BYTES, s.pixels()[i]);
        }
        out.put("shape-width", s.width());
        out.put("shape-height", s.height());
        out.put("hot-x", s.hotX());
        out.put("hot-y", s.hotY());
        out.put("pixels", pixels, 0, pixels.length);
    }

    /** The shape that was saved. */
    static PointerShape restored(StateReader in) {
        int w = (int) in.take();
        int h = (int) in.take();
        int x = (int) in.take();
        int y = (int) in.take();
        byte[] bytes = in.takeBytes();
        int[] pixels = new int[w * h];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = LittleEndian.u32(bytes, i * BYTES);
        }
        return new PointerShape(w, h, x, y, pixels);
    }
}
