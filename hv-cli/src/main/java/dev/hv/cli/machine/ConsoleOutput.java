package dev.hv.cli.machine;

import dev.hv.core.machine.Clock;
import dev.hv.devices.chipset.SerialOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * A serial port's way to the host: whole lines at once, and what has no newline yet after a millisecond of the guest's time.
 * When the reader at the other end has gone away, output is dropped and {@link #closed} says so.
 */
public final class ConsoleOutput implements SerialOutput {

    private static final long DELAY_NANOS = 1_000_000;

    private final OutputStream out;
    private final Clock clock;
    private final Clock.Timer timer;
    private final byte[] buffer = new byte[512];
    private int used;
    private boolean closed;
    private Consumer<IOException> failure = e -> {};

    /** Output to a stream that this object then owns. */
    public ConsoleOutput(OutputStream out, Clock clock) {
        this.out = out;
        this.clock = clock;
        timer = clock.timer("console-flush", this::flush);
    }

    @Override
    public void transmit(int value) {
        buffer[used++] = (byte) value;
        if (value == '\n' || used == buffer.length) {
            flush();
        } else if (!timer.armed()) {
            timer.arm(clock.nanos() + DELAY_NANOS);
        }
    }

    /** Hands on what has not been written yet. */
    public void flush() {
        timer.cancel();
        if (used == 0) {
            return;
        }
        int n = used;
        used = 0;
        if (closed) {
            return;
        }
        try {
            out.write(buffer, 0, n);
            out.flush();
        } catch (IOException e) {
            closed = true;
            failure.accept(e);
        }
    }

    /** Has an action run, once and on any thread, when the other end takes nothing any more. */
    public void onFailure(Consumer<IOException> action) {
        failure = action;
    }

    /** Whether the other end is gone. */
    public boolean closed() {
        return closed;
    }
}
