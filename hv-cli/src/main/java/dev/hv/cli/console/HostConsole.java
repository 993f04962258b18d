package dev.hv.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The host's end of a serial port. */
public interface HostConsole extends AutoCloseable {

    /** Receives what the host types. Called on a thread of the console's own. */
    interface Input {
        /** One byte for the guest. */
        void typed(int value);

        /** The user asked to leave. */
        void leave();
    }

    /** Where the guest's output goes. */
    OutputStream output();

    /** Starts handing on input. */
    void start(Input input);

    /** Releases the host's end; closing again does nothing. */
    @Override
    void close();

    /** A console that shows nothing and types nothing. */
    static HostConsole none() {
        return of(OutputStream.nullOutputStream(), null, () -> {});
    }

    /**
     * A console over streams.
     *
     * @param in input, or null for none; its end just ends the typing
     * @param close releases what the streams belong to
     */
    static HostConsole of(OutputStream out, InputStream in, Runnable close) {
        return new HostConsole() {
            @Override
            public OutputStream output() {
                return out;
            }

            @Override
            public void start(Input input) {
                if (in != null) {
                    Thread.ofPlatform().daemon().name("console").start(() -> pump(in, input));
                }
            }

            private void pump(InputStream from, Input input) {
                try {
                    for (int b = from.read(); b >= 0; b = from.read()) {
                        input.typed(b);
                    }
                } catch (IOException e) {
                    // the other end is gone: nothing more will be typed
                }
            }

            @Override
            public void close() {
                close.run();
            }
        };
    }
}
