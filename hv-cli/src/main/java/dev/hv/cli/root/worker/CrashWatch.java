package dev.hv.cli.root.worker;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * What becomes of a guest that has reported a crash. It may go on: to its kdump kernel, to writing a dump, to a restart. Or it stops, as
 * Linux does that has no kernel to go to: with a loop that reaches nothing outside the processor. Whoever does nothing outside for a
 * while has stopped, until a new system connects to VMBus.
 */
final class CrashWatch implements Saveable {

    private static final int STATE_VERSION = 2;
    /** How often is looked, and how long a system that stands by its name may do nothing. */
    private static final long LOOK_NANOS = 10_000_000_000L;
    /** Looks at a guest that has given its name up: the kernel that follows is checked and unpacked, which takes a processor alone. */
    private static final int LOOKS_UNNAMED = 12;

    private final Clock clock;
    private final Clock.Timer look;
    private final BooleanSupplier named;
    private final Runnable stopped;
    /** The first report; null when there was none. */
    private String report;
    /** Whether the system that runs now has reported one. */
    private boolean reported;
    private long activity;
    private long activityBefore;
    private int quietLooks;

    /**
     * A watch over a guest that has not crashed.
     *
     * @param name of the machine
     * @param named whether a system stands by its name at the hypervisor
     * @param stopped run once when the guest has stopped after a crash
     */
    CrashWatch(Clock clock, String name, BooleanSupplier named, Runnable stopped) {
        this.clock = clock;
        this.named = named;
        this.stopped = stopped;
        look = clock.timer("crash watch " + name, this::look);
    }

    /** The guest did something outside of its processors and memory. */
    void active() {
        activity++;
    }

    /**
     * The guest reported a crash.
     *
     * @return whether it is the first report of this guest since its machine was started; others say what follows from the first
     */
    boolean reported(String text) {
        boolean first = !reported;
        reported = true;
        if (report == null) {
            report = text;
        }
        activityBefore = activity;
        quietLooks = 0;
        look.arm(clock.nanos() + LOOK_NANOS);
        return first;
    }

    /** A system has connected to VMBus: if there was a crash, this is the one that follows. */
    void connected() {
        look.cancel();
    }

    /** The machine is started again: the system that crashed is gone, and its report is not forgotten. */
    void restarted() {
        look.cancel();
        reported = false;
        quietLooks = 0;
    }

    /** Nothing is watched any more: the machine is over. */
    void end() {
        look.cancel();
    }

    /** What the guest reported; null when it has not. */
    String report() {
        return report;
    }

    private void look() {
        if (activity != activityBefore) {
            activityBefore = activity;
            quietLooks = 0;
        } else if (++quietLooks >= (named.getAsBoolean() ? 1 : LOOKS_UNNAMED)) {
            stopped.run();
            return;
        }
        look.arm(clock.nanos() + LOOK_NANOS);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("crash-watch", STATE_VERSION);
        byte[] text = report == null ? new byte[0] : report.getBytes(StandardCharsets.UTF_8);
        out.put("report-present", report != null);
        out.put("text", text, 0, text.length);
        out.put("reported", reported);
        out.put("activity", activity);
        out.put("activity-before", activityBefore);
        out.put("quiet-looks", quietLooks);
        look.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("crash-watch", STATE_VERSION);
        boolean any = in.takeBoolean();
        byte[] text = in.takeBytes();
        report = any ? new String(text, StandardCharsets.UTF_8) : null;
        reported = in.takeBoolean();
        activity = in.take();
        activityBefore = in.take();
        quietLooks = (int) in.take();
        look.restore(in);
        in.end();
    }
}
