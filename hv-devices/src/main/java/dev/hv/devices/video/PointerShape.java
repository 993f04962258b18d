package dev.hv.devices.video;

/**
 * How a pointer looks.
 *
 * @param width pixels, at most {@link #MOST}
 * @param height pixels, at most {@link #MOST}
 * @param hotX where in it the pointed-to pixel is
 * @param hotY where in it the pointed-to pixel is
 * @param pixels opacity in bits 31:24, red 23:16, green 15:8, blue 7:0; line by line
 */
public record PointerShape(int width, int height, int hotX, int hotY, int[] pixels) {

    /** Most pixels in either direction. */
    public static final int MOST = 96;

    /** Whether all of it is transparent, which is how guests hide a pointer. */
    public boolean hidden() {
        for (int p : pixels) {
            if (p >>> 24 != 0) {
                return false;
            }
        }
        return true;
    }
}
