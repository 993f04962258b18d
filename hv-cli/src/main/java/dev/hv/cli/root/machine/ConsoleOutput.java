package dev.hv.cli.root.machine;

import dev.hv.cli.console.OutputQueue;
import dev.hv.core.machine.Clock;
import dev.hv.devices.chipset.SerialOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * A serial port's way to the host: whole lines at once, and what has no newline yet after a millisecond of the guest's time. The host's
 * end never stops the machine: see {@link OutputQueue}.
 */
public final class ConsoleOutput implements SerialOutput {

    private static final long DELAY_NANOS = 1_000_000;
    /** How long a machine waits for a reader who is behind, when nobody but its one guest waits with it. */
    private static final long PATIENCE = 1_000_000_000;

    private final OutputQueue queue;
    private final Clock clock;
    private final Clock.Timer timer;
    private final byte[] buffer = new byte[512];
    private int used;

    /**
     * Output to a stream.
     *
     * @param clock what the machine does is not changed by its timers
     * @param alone whether the guest has the machine to itself
     */
    public ConsoleOutput(OutputStream out, Clock clock, boolean alone) {
        queue = new OutputQueue(out, alone ? PATIENCE : 0);
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

    /** Hands on what has not been handed on yet. */
    public void flush() {
        timer.cancel();
        if (used > 0) {
            queue.write(buffer, 0, used);
            used = 0;
        }
    }

    /** Has an action run when the other end takes nothing any more: once, on any thread. */
    public void onFailure(Consumer<IOException> action) {
        queue.onFailure(action);
    }

    /**
     * The last of the output: waits until the host has taken it.
     *
     * @param nanos for how long at most, in time of the host
     */
    public void finish(long nanos) {
        flush();
        queue.finish(nanos);
    }

    /** {@link #finish} does not wait any longer. From any thread. */
    public void giveUp() {
        queue.giveUp();
    }

    /** Bytes that the host did not take in time. */
    public long lost() {
        return queue.lost();
    }
}
