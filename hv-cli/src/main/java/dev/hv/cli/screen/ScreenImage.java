package dev.hv.cli.screen;

import dev.hv.devices.video.Area;
import dev.hv.devices.video.PointerShape;
import dev.hv.devices.video.SyntheticVideo;
import dev.hv.devices.video.VideoMode;

/**
 * What a screen shows at an instant.
 *
 * @param width pixels a line
 * @param height lines
 * @param pixels red in bits 23:16, green in 15:8, blue in 7:0, line by line
 */
public record ScreenImage(int width, int height, int[] pixels) {

    /** What is shown now, with the guest's pointer; null when nothing is. On the machine's thread, or of a machine that does not run. */
    public static ScreenImage of(SyntheticVideo video) {
        VideoMode mode = video.mode();
        if (mode == null) {
            return null;
        }
        int[] pixels = new int[mode.width() * mode.height()];
        if (!video.read(new Area(0, 0, mode.width(), mode.height()), pixels)) {
            return null;
        }
        var image = new ScreenImage(mode.width(), mode.height(), pixels);
        PointerShape pointer = video.pointer();
        if (pointer != null) {
            image.draw(pointer, video.pointerX() - pointer.hotX(), video.pointerY() - pointer.hotY());
        }
        return image;
    }

    private void draw(PointerShape pointer, int left, int top) {
        for (int i = 0; i < pointer.pixels().length; i++) {
            int x = left + i % pointer.width();
            int y = top + i / pointer.width();
            if (x >= 0 && x < width && y >= 0 && y < height) {
                pixels[y * width + x] = over(pointer.pixels()[i], pixels[y * width + x]);
            }
        }
    }

    private static int over(int above, int below) {
        int opacity = above >>> 24;
        int out = 0;
        for (int shift = 0; shift < 24; shift += 8) {
            int a = above >> shift & 0xFF;
            int b = below >> shift & 0xFF;
            out |= (a * opacity + b * (255 - opacity) + 127) / 255 << shift;
        }
        return out;
    }
}
