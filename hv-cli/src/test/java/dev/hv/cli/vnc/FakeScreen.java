package dev.hv.cli.vnc;

import dev.hv.devices.video.Area;
import dev.hv.devices.video.PointerShape;
import dev.hv.devices.video.Screen;
import dev.hv.devices.video.VideoMode;

/** A screen of a test. */
final class FakeScreen implements Screen {

    VideoMode mode;
    int[] pixels;
    PointerShape pointer;

    FakeScreen(int width, int height) {
        resize(width, height);
    }

    void resize(int width, int height) {
        mode = new VideoMode(0, 32, width, height, width * 4);
        pixels = new int[width * height];
    }

    @Override
    public VideoMode mode() {
        return mode;
    }

    @Override
    public PointerShape pointer() {
        return pointer;
    }

    @Override
    public boolean read(Area a, int[] to) {
        if (mode == null) {
            return false;
        }
        for (int y = a.top(), n = 0; y < a.bottom(); y++) {
            for (int x = a.left(); x < a.right(); x++) {
                to[n++] = pixels[y * mode.width() + x];
            }
        }
        return true;
    }
}
