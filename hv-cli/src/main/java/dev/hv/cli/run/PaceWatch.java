package dev.hv.cli.run;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.VirtualClock;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Notices once that guests in real time do not keep up with the host's clock: most of their timers come late, or a guest's own watchdog
 * says on its console that nothing has gone on for long. In virtual time neither can be: time goes by as instructions do.
 */
final class PaceWatch {

    private static final long WINDOW_NANOS = 10_000_000_000L;
    /** No windows: only what guests say is looked at. */
    static final long NEVER = Long.MAX_VALUE;
    /** Fewer timers in a window say nothing: the guest is idle, or has just begun. */
    private static final long LEAST_TIMERS = 200;
    /** What Linux says: lockup detector, RCU. */
    private static final String[] STUCK = {"soft lockup", "detected stall", "self-detected stall"};

    private final VirtualClock clock;
    private final long window;
    private final Consumer<String> behind;
    private final Clock.Timer timer;
    private final AtomicBoolean said = new AtomicBoolean();
    private long fired;
    private long late;

    /**
     * A watch on all guests of a machine in real time.
     *
     * @param behind told once, on any thread, what was noticed
     */
    PaceWatch(VirtualClock clock, Consumer<String> behind) {
        this(clock, WINDOW_NANOS, behind);
    }

    /** A watch that looks in other windows of time. */
    PaceWatch(VirtualClock clock, long window, Consumer<String> behind) {
        this.clock = clock;
        this.window = window;
        this.behind = behind;
        timer = clock.timer("pace-watch", this::look);
        if (window != NEVER) {
            timer.arm(clock.nanos() + window);
        }
    }

    /** A watch that changes nothing in the machine, as a run that is recorded or repeated needs it: it looks at what guests say alone. */
    static PaceWatch listening(VirtualClock clock, Consumer<String> behind) {
        return new PaceWatch(clock, NEVER, behind);
    }

    private void look() {
        long firedNow = clock.timersFired();
        long lateNow = clock.timersLate();
        if (mostlyLate(firedNow - fired, lateNow - late)) {
            notice("its timers come late");
        } else {
            timer.arm(clock.nanos() + window);
        }
        fired = firedNow;
        late = lateNow;
    }

    /** Whether a window with so many timers, so many of them late, shows guests that do not keep up. */
    static boolean mostlyLate(long fired, long late) {
        return fired >= LEAST_TIMERS && late > fired / 2;
    }

    private void notice(String what) {
        if (said.compareAndSet(false, true)) {
            behind.accept(what);
        }
    }

    /** A console whose text is watched on its way. */
    OutputStream watching(OutputStream console) {
        return new FilterOutputStream(console) {
            private final byte[] line = new byte[256];
            private int used;

            @Override
            public void write(int b) throws IOException {
                out.write(b);
                look(b);
            }

            @Override
            public void write(byte[] data, int offset, int length) throws IOException {
                out.write(data, offset, length);
                for (int i = 0; i < length; i++) {
                    look(data[offset + i]);
                }
            }

            private void look(int b) {
                if (b == '\n') {
                    String text = new String(line, 0, used, StandardCharsets.ISO_8859_1);
                    used = 0;
                    for (String s : STUCK) {
                        if (text.contains(s)) {
                            notice("it says '" + s + "'");
                        }
                    }
                } else if (used < line.length) {
                    line[used++] = (byte) b;
                }
            }
        };
    }
}
