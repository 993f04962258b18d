package dev.hv.devices.video;

/**
 * A rectangle of pixels; empty when it has none.
 *
 * @param left first column
 * @param top first line
 * @param right column behind the last
 * @param bottom line behind the last
 */
public record Area(int left, int top, int right, int bottom) {

    /** No pixels. */
    public static final Area NONE = new Area(0, 0, 0, 0);

    /** Whether it has no pixels. */
    public boolean empty() {
        return right <= left || bottom <= top;
    }

    /** Columns. */
    public int width() {
        return empty() ? 0 : right - left;
    }

    /** Lines. */
    public int height() {
        return empty() ? 0 : bottom - top;
    }

    /** What both have. */
    public Area within(Area other) {
        var both = new Area(Math.max(left, other.left), Math.max(top, other.top), Math.min(right, other.right), Math.min(bottom, other.bottom));
        return both.empty() ? NONE : both;
    }

    /** The smallest one that has both. */
    public Area with(Area other) {
        if (empty() || other.empty()) {
            return empty() ? other : this;
        }
        return new Area(Math.min(left, other.left), Math.min(top, other.top), Math.max(right, other.right), Math.max(bottom, other.bottom));
    }
}
