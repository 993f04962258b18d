package dev.hv.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One of several consoles that share an output: whole lines only, each with its owner's name in front. What has no newline yet waits for
 * it, or for {@link #close}.
 */
public final class PrefixedOutput extends OutputStream {

    /** A line longer than this is broken. */
    private static final int LONGEST = 4096;

    private final OutputStream shared;
    private final byte[] prefix;
    private final byte[] line = new byte[LONGEST];
    private int used;

    /**
     * A console on a shared output, which stays open.
     *
     * @param name stands before each line, as in {@code name| text}
     */
    public PrefixedOutput(OutputStream shared, String name) {
        this.shared = shared;
        prefix = (name + "| ").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
        line[used++] = (byte) b;
        if (b == '\n') {
            emit();
        } else if (used == LONGEST - 1) {
            line[used++] = '\n';
            emit();
        }
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        for (int i = 0; i < length; i++) {
            write(data[offset + i]);
        }
    }

    /** One line at once: the consoles write on threads of their own. */
    private void emit() throws IOException {
        byte[] whole = Arrays.copyOf(prefix, prefix.length + used);
        System.arraycopy(line, 0, whole, prefix.length, used);
        used = 0;
        synchronized (shared) {
            shared.write(whole);
            shared.flush();
        }
    }

    /** Whole lines have gone already. */
    @Override
    public void flush() {}

    @Override
    public void close() throws IOException {
        if (used > 0) {
            line[used++] = '\n';
            emit();
        }
    }
}
