package dev.hv.cli.suite.run;

import java.nio.charset.StandardCharsets;

/** What a machine has printed, the last of it: a guest that prints without end costs no more than this. */
final class Transcript {

    /** Bytes that are kept, and that an expectation can be about. */
    static final int KEPT = 1 << 18;

    private final byte[] ring = new byte[KEPT];
    /** Bytes printed so far. */
    private long printed;
    /** Bytes that expectations have read. */
    private long read;

    /** One of a machine that has printed a text, which no expectation has read. */
    static Transcript of(String text) {
        var t = new Transcript();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            t.add(b);
        }
        return t;
    }

    void add(int value) {
        ring[(int) (printed++ & KEPT - 1)] = (byte) value;
    }

    /** Bytes printed so far. */
    long printed() {
        return printed;
    }

    /** What no expectation has read yet, as far as it is kept. Bytes that are no UTF-8 are shown as such. */
    String unread() {
        return text(Math.max(read, printed - KEPT));
    }

    /** Bytes of {@link #unread}. */
    long unreadBytes() {
        return printed - Math.max(read, printed - KEPT);
    }

    /** Everything until now counts as read, but for the last bytes. */
    void readBut(int bytes) {
        read = Math.max(read, printed - bytes);
    }

    /** The last that was printed. */
    String last(int bytes) {
        return text(Math.max(0, printed - Math.min(bytes, KEPT)));
    }

    private String text(long from) {
        int length = (int) (printed - from);
        byte[] bytes = new byte[length];
        int at = (int) (from & KEPT - 1);
        int first = Math.min(length, KEPT - at);
        System.arraycopy(ring, at, bytes, 0, first);
        System.arraycopy(ring, 0, bytes, first, length - first);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
