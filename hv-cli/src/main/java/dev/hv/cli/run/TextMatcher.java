package dev.hv.cli.run;

import java.nio.charset.StandardCharsets;

/** Finds a text in a stream of bytes (Knuth, Morris and Pratt): its whole state is how much of the text has been seen. */
final class TextMatcher {

    private final byte[] text;
    /** By a number of bytes seen, how many are still seen when the next one does not fit. */
    private final int[] fallback;
    private int seen;

    TextMatcher(String text) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
        fallback = new int[this.text.length + 1];
        fallback[0] = -1;
        for (int i = 0, k = -1; i < this.text.length; ) {
            while (k >= 0 && this.text[i] != this.text[k]) {
                k = fallback[k];
            }
            fallback[++i] = ++k;
        }
    }

    /** Takes a byte; whether it completes the text. */
    boolean matches(int value) {
        while (seen >= 0 && text[seen] != (byte) value) {
            seen = fallback[seen];
        }
        if (++seen < text.length) {
            return false;
        }
        seen = fallback[seen];
        return true;
    }

    int seen() {
        return seen;
    }

    void setSeen(int value) {
        seen = Math.clamp(value, 0, text.length - 1);
    }
}
