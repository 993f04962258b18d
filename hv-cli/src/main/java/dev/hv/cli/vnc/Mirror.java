package dev.hv.cli.vnc;

import dev.hv.devices.video.Area;
import dev.hv.devices.video.PointerShape;
import dev.hv.devices.video.Screen;
import dev.hv.devices.video.ScreenListener;
import dev.hv.devices.video.VideoMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A copy of a guest's screen for threads of the host. The guest's drawing is only noted; a thread of its own has the machine's thread copy what was drawn, between two turns, 25 times a second at most and
 * only while somebody watches. Copying looks and changes nothing.
 */
final class Mirror implements ScreenListener, AutoCloseable {

    /** Somebody who watches; called under the mirror's lock. */
    interface Watcher {
        /** Pixels have changed. */
        void drawn(Area area);

        /** The screen has another size. */
        void resized();

        /** The pointer looks otherwise. */
        void pointer();
    }

    private static final int BAND = 64;
    private static final long PERIOD_NANOS = 40_000_000;

    private final Consumer<Runnable> machine;
    private final Screen video;
    private final List<Watcher> watchers = new ArrayList<>();
    private int width;
    private int height;
    private int[] pixels;
    private PointerShape pointer;
    /** What was drawn, line by line, before it is compared. Of the machine's thread. */
    private int[] read = new int[0];
    /** What the guest has drawn and is not copied yet. Of the machine's thread. */
    private Area drawn = Area.NONE;
    private boolean otherMode = true;
    private boolean otherPointer = true;
    private volatile boolean anything = true;
    private boolean stale;
    private volatile boolean over;
    /** At most one copy is asked for at a time. */
    private final Semaphore asked = new Semaphore(1);
    private final Thread thread;

    /**
     * A mirror of a machine's screen, which is to hear what happens to it.
     *
     * @param name of the machine
     * @param machine runs actions on the machine's thread, between turns
     * @param width of the screen until a guest shows something
     */
    Mirror(String name, Consumer<Runnable> machine, Screen video, int width, int height) {
        this.machine = machine;
        this.video = video;
        this.width = width;
        this.height = height;
        pixels = new int[width * height];
        thread = Thread.ofVirtual().name("vnc-screen " + name).unstarted(this::follow);
    }

    void start() {
        thread.start();
    }

    private void follow() {
        while (!over) {
            LockSupport.parkNanos(PERIOD_NANOS);
            boolean wanted;
            synchronized (this) {
                wanted = !watchers.isEmpty();
            }
            if (wanted && anything && asked.tryAcquire()) {
                machine.accept(() -> {
                    try {
                        copy();
                    } finally {
                        asked.release();
                    }
                });
            }
        }
    }

    /** On the machine's thread. */
    private synchronized void copy() {
        anything = false;
        VideoMode mode = video.mode();
        if (otherMode) {
            otherMode = false;
            int w = mode == null ? width : mode.width();
            int h = mode == null ? height : mode.height();
            if (w != width || h != height) {
                width = w;
                height = h;
                pixels = new int[w * h];
                watchers.forEach(Watcher::resized);
            }
            drawn = new Area(0, 0, w, h);
        }
        if (!drawn.empty()) {
            Area now = drawn;
            drawn = Area.NONE;
            if (read.length < now.width() * now.height()) {
                read = new int[width * height];
            }
            // a screen that is dark reads as black
            if (!video.read(now, read)) {
                Arrays.fill(read, 0);
            }
            keep(now);
        }
        if (otherPointer) {
            otherPointer = false;
            pointer = video.pointer();
            watchers.forEach(Watcher::pointer);
        }
        stale = false;
        notifyAll();
    }

    /**
     * Takes the pixels read over and tells of what is new in them: a console that scrolls draws all of the screen, and most of it looks as before. Lines are compared as far as they are equal, which is several times
     * as quick as piece by piece.
     */
    private void keep(Area now) {
        int across = Math.ceilDiv(now.width(), BAND);
        var changed = new boolean[across];
        for (int top = now.top(); top < now.bottom(); top += BAND) {
            int bottom = Math.min(top + BAND, now.bottom());
            Arrays.fill(changed, false);
            for (int y = top; y < bottom; y++) {
                int from = (y - now.top()) * now.width();
                int to = y * width + now.left();
                for (int done = 0; done < now.width(); ) {
                    int equal = Arrays.mismatch(read, from + done, from + now.width(), pixels, to + done, to + now.width());
                    if (equal < 0) {
                        break;
                    }
                    int piece = (done + equal) / BAND;
                    int at = piece * BAND;
                    done = Math.min(at + BAND, now.width());
                    System.arraycopy(read, from + at, pixels, to + at, done - at);
                    changed[piece] = true;
                }
            }
            for (int i = 0; i < across; i++) {
                if (changed[i]) {
                    int left = now.left() + i * BAND;
                    var area = new Area(left, top, Math.min(left + BAND, now.right()), bottom);
                    watchers.forEach(w -> w.drawn(area));
                }
            }
        }
    }

    @Override
    public void mode() {
        otherMode = true;
        otherPointer = true;
        anything = true;
    }

    @Override
    public void drawn(Area area) {
        drawn = drawn.with(area);
        anything = true;
    }

    @Override
    public void pointer() {
        otherPointer = true;
        anything = true;
    }

    /** Adds somebody who watches. */
    synchronized void add(Watcher w) {
        watchers.add(w);
        stale |= anything;
    }

    synchronized void remove(Watcher w) {
        watchers.remove(w);
    }

    /** Whether the guest has drawn while nobody watched, and a copy is on its way; under the mirror's lock, which is notified when it has come. */
    boolean stale() {
        return stale;
    }

    /** Columns; under the mirror's lock. */
    int width() {
        return width;
    }

    /** Lines; under the mirror's lock. */
    int height() {
        return height;
    }

    /** Pixels, line by line; under the mirror's lock. */
    int[] pixels() {
        return pixels;
    }

    /** How the pointer looks, null for not at all; under the mirror's lock. */
    PointerShape shape() {
        return pointer;
    }

    @Override
    public void close() {
        over = true;
        LockSupport.unpark(thread);
    }
}
