package dev.hv.devices.video;

/** How many pixels a screen has across and down. */
public record Resolution(int width, int height) {

    /** Fewest pixels in either direction. */
    public static final int LEAST = 64;
    /** Most pixels in either direction. */
    public static final int MOST = 4096;
    /** A screen of which nobody says how large it is. */
    public static final Resolution DEFAULT = new Resolution(1024, 768);

    /** Whether a screen can be so large: both numbers are between the bounds, and the columns a multiple of 8. */
    public boolean possible() {
        return width >= LEAST && width <= MOST && height >= LEAST && height <= MOST && width % 8 == 0;
    }
}
