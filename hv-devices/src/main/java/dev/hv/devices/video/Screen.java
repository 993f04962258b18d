package dev.hv.devices.video;

/** What a guest shows, to be looked at on the machine's thread. */
public interface Screen {

    /** How pixels lie in memory; null while nothing is shown. */
    VideoMode mode();

    /** How the pointer looks; null while the guest has none that is to be seen. */
    PointerShape pointer();

    /**
     * Reads pixels.
     *
     * @param area of the screen
     * @param to gets red in bits 23:16, green in 15:8, blue in 7:0, line by line
     * @return false when nothing is shown, or not all of that is on the screen; nothing of {@code to} means anything then
     */
    boolean read(Area area, int[] to);
}
