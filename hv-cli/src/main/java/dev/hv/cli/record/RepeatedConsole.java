package dev.hv.cli.record;

import dev.hv.cli.console.HostConsole;
import dev.hv.cli.console.PrefixedOutput;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.IntConsumer;

/** A console whose machine may print the same again and again, since the run goes back: what was shown is not shown again. */
public final class RepeatedConsole implements IntConsumer, AutoCloseable {

    private final HostConsole host;
    private final OutputStream out;
    private long shown;
    private long printed;
    private boolean lost;

    /** A console of which nothing is shown. */
    RepeatedConsole(HostConsole host) {
        this.host = host;
        out = new BufferedOutputStream(host.output());
    }

    /**
     * A console that shows on an output, which stays open.
     *
     * @param name of the machine, in front of its lines; null when it is the only one
     */
    public static RepeatedConsole on(OutputStream shared, String name) {
        if (name == null) {
            return new RepeatedConsole(HostConsole.of(shared, null, () -> { }));
        }
        var own = new PrefixedOutput(shared, name);
        return new RepeatedConsole(HostConsole.of(own, null, () -> {
            try {
                own.close();
            } catch (IOException e) {
                // nobody reads any more
            }
        }));
    }

    /** The machine that prints from now on has printed so many bytes. */
    void goOn(long bytes) {
        printed = bytes;
    }

    /** Bytes that the machine has printed. */
    long printed() {
        return printed;
    }

    @Override
    public void accept(int value) {
        if (++printed <= shown || lost) {
            return;
        }
        shown = printed;
        try {
            out.write(value);
            if (value == '\n') {
                out.flush();
            }
        } catch (IOException e) {
            // nobody reads any more; the debugger does
            lost = true;
        }
    }

    /** Shows what was printed. */
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            lost = true;
        }
    }

    @Override
    public void close() {
        flush();
        host.close();
    }
}
