package dev.hv.devices.video;

/**
 * What a guest shows: how pixels lie in video memory.
 *
 * @param offset of the first pixel
 * @param depth bits a pixel: 32 (blue, green, red, nothing) or 16 (5 bits of red, 6 of green, 5 of blue)
 * @param width pixels a line
 * @param height lines
 * @param pitch bytes from a line to the next
 */
public record VideoMode(long offset, int depth, int width, int height, int pitch) {

    /** Most pixels in either direction. */
    public static final int MOST = 8192;

    /** Whether all of it can be in memory of a size. */
    boolean fits(int size) {
        boolean sane = (depth == 32 || depth == 16) && width > 0 && width <= MOST && height > 0 && height <= MOST && pitch > 0;
        return sane && pitch >= width * (depth / 8) && offset >= 0 && offset + (height - 1L) * pitch + (long) width * (depth / 8) <= size;
    }
}
