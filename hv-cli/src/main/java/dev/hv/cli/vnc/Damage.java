package dev.hv.cli.vnc;

import dev.hv.devices.video.Area;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What of a screen a viewer has not seen yet, in tiles: however much is drawn, it takes the same room. */
final class Damage {

    private static final int TILE = 64;

    private final int width;
    private final int height;
    private final int across;
    private final BitSet tiles = new BitSet();

    /** All of a screen. */
    Damage(int width, int height) {
        this.width = width;
        this.height = height;
        across = Math.ceilDiv(width, TILE);
        add(new Area(0, 0, width, height));
    }

    void add(Area drawn) {
        Area a = drawn.within(new Area(0, 0, width, height));
        if (a.empty()) {
            return;
        }
        for (int row = a.top() / TILE; row <= (a.bottom() - 1) / TILE; row++) {
            tiles.set(row * across + a.left() / TILE, row * across + (a.right() - 1) / TILE + 1);
        }
    }

    boolean any() {
        return !tiles.isEmpty();
    }

    /** Takes all of it, as rectangles that do not overlap. */
    List<Area> take() {
        List<Area> all = new ArrayList<>();
        for (int from = tiles.nextSetBit(0); from >= 0; ) {
            int row = from / across;
            int to = Math.min(tiles.nextClearBit(from), (row + 1) * across);
            int top = row * TILE;
            var run = new Area(from % across * TILE, top, Math.min(width, (to - row * across) * TILE), Math.min(height, top + TILE));
            int above = all.size() - 1;
            while (above >= 0 && !(all.get(above).bottom() == top && all.get(above).left() == run.left() && all.get(above).right() == run.right())) {
                above--;
            }
            if (above >= 0) {
                all.set(above, all.get(above).with(run));
            } else {
                all.add(run);
            }
            from = tiles.nextSetBit(to);
        }
        tiles.clear();
        return all;
    }
}
