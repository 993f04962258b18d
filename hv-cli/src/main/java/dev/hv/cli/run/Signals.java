package dev.hv.cli.run;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * The signals that ask a program to end: SIGTERM, SIGINT, SIGHUP. While this is open the first one of them is handed on, so that the run
 * ends in good order; a second one ends the process at once, as any of them does while this is closed. A signal that was ignored when
 * the process began ({@code nohup}) stays ignored.
 */
public final class Signals implements AutoCloseable {

    private static final List<String> ASKING_TO_END = List.of("TERM", "INT", "HUP");

    /** What is done on the first signal, on a thread of its own. */
    public interface Action {
        /** A signal by its number and by its name with SIG in front. */
        void asked(int number, String name);
    }

    private final Map<Signal, SignalHandler> before = new HashMap<>();
    private final AtomicBoolean came = new AtomicBoolean();

    /** Listens from now on. */
    public Signals(Action action) {
        for (String name : ASKING_TO_END) {
            var signal = new Signal(name);
            try {
                before.put(signal, Signal.handle(signal, s -> first(s, action)));
            } catch (IllegalArgumentException e) {
                // the JVM was told to leave signals alone (-Xrs): they end the process as the system does it
            }
        }
    }

    private void first(Signal signal, Action action) {
        if (came.compareAndSet(false, true)) {
            restore();
            action.asked(signal.getNumber(), "SIG" + signal.getName());
        }
    }

    private void restore() {
        before.forEach(Signal::handle);
    }

    /** Leaves signals to the JVM again. */
    @Override
    public void close() {
        if (came.compareAndSet(false, true)) {
            restore();
        }
    }
}
