package dev.hv.cpu.conform;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Lines of text from a source that nobody vouches for: neither a line nor a stretch of blanks takes more than its bound. */
final class BoundedLines implements Closeable {

    /** Bytes of a line at most: every page that a vector may have, before and after, and its registers. */
    static final int LONGEST = 4 << 20;
    /** Bytes of blank lines at most between two lines that say something. */
    static final int BLANKS = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private byte[] line = new byte[1 << 12];
    private int number;

    BoundedLines(InputStream in) {
        this.in = in;
    }

    /** Number of the line given last, from 1. */
    int number() {
        return number;
    }

    /**
     * The next line that is not blank, or null at the end.
     *
     * @throws LimitException when a bound is passed
     */
    String next() throws IOException {
        int blanks = 0;
        while (true) {
            int length = read();
            if (length < 0) {
                return null;
            }
            number++;
            String text = new String(line, 0, length, StandardCharsets.UTF_8);
            if (!text.isBlank()) {
                return text;
            }
            blanks += length + 1;
            if (blanks > BLANKS) {
                throw new LimitException("more than " + BLANKS + " bytes of blank lines; a vector must come sooner");
            }
        }
    }

    /** Reads a line into {@link #line}; its length without the end of line, -1 at the end of input. */
    private int read() throws IOException {
        int length = 0;
        while (true) {
            if (from == to) {
                from = 0;
                to = in.read(buffer);
                if (to <= 0) {
                    to = 0;
                    return length > 0 ? length : -1;
                }
            }
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            append(length, end);
            length += end - from;
            from = end;
            if (from < to) {
                from++;
                return length;
            }
        }
    }

    private void append(int length, int end) throws LimitException {
        int n = end - from;
        if (length + n > LONGEST) {
            number++;
            throw new LimitException("longer than " + LONGEST + " bytes; a vector is one line of JSON with at most " + VectorState.PAGES + " pages");
        }
        if (length + n > line.length) {
            line = Arrays.copyOf(line, Math.max(length + n, Math.min(LONGEST, 2 * line.length)));
        }
        System.arraycopy(buffer, from, line, length, n);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** A bound was passed; the message says which. */
    static final class LimitException extends IOException {

        private static final long serialVersionUID = 1L;

        LimitException(String message) {
            super(message);
        }
    }
}
