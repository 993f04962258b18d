package dev.hv.cli.trace;

import dev.hv.cli.config.UsageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A trace's lines in a file that does not grow beyond a size. A full file ends with a line that says so; of a ring the older half goes when both are full: it stands in FILE.1, the newer one in FILE. Used by several
 * threads. What could not be written is told at the end, and the run goes on.
 */
final class TraceFile implements AutoCloseable {

    private static final int BUFFER = 1 << 16;
    private static final String FULL = "-- the trace is full: size=";

    private final TraceConfig config;
    private final Path file;
    private final long most;
    private OutputStream out;
    private long written;
    private boolean over;
    private String failure;

    /**
     * Opens a file.
     *
     * @throws UsageException when it cannot be written
     */
    TraceFile(TraceConfig config) {
        this.config = config;
        file = Path.of(config.file());
        most = config.ring() ? config.size() / 2 : config.size() - FULL.length() - Long.toString(config.size()).length() - 1;
        try {
            if (config.ring()) {
                Files.deleteIfExists(older());
            }
            out = open();
        } catch (IOException e) {
            throw new UsageException("--trace %s=%s: cannot be written: %s".formatted(config.kind().word(), config.file(), e.getMessage()));
        }
    }

    private Path older() {
        return file.resolveSibling(file.getFileName() + ".1");
    }

    private OutputStream open() throws IOException {
        return config.file().equals("-") ? System.err : new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
    }

    /** Writes a line. */
    synchronized void line(CharSequence text) {
        if (over) {
            return;
        }
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            if (written + bytes.length > most) {
                if (!config.ring()) {
                    over = true;
                    out.write((FULL + config.size() + "\n").getBytes(StandardCharsets.UTF_8));
                    return;
                }
                out.close();
                Files.move(file, older(), StandardCopyOption.REPLACE_EXISTING);
                out = open();
                written = 0;
            }
            out.write(bytes);
            written += bytes.length;
        } catch (IOException e) {
            fail(e);
        }
    }

    /** Whether nothing is written any more. */
    synchronized boolean over() {
        return over;
    }

    private void fail(IOException e) {
        over = true;
        if (failure == null) {
            failure = "--trace %s=%s: could not be written to its end: %s".formatted(config.kind().word(), config.file(), e.getMessage());
        }
    }

    /** What is to be said when it could not be written to its end; null when it is whole. */
    synchronized String lost() {
        return failure;
    }

    /** Ends the file; again, nothing. */
    @Override
    public synchronized void close() {
        over = true;
        try {
            if (out != null && !config.file().equals("-")) {
                out.close();
            }
        } catch (IOException e) {
            fail(e);
        }
        out = null;
    }
}
