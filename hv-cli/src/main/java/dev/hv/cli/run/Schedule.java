package dev.hv.cli.run;

import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.ScheduledAction.When;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The actions of a virtual machine that are not yet due. What waits for the console is done between the instruction that printed and the
 * next one, but for what only looks: that waits, if need be, until it changes nothing ({@link VirtualClock#watched}).
 */
final class Schedule implements Saveable {

    private static final int VERSION = 1;

    /** An action and what starts it. */
    private final class Entry {
        final ScheduledAction action;
        final Clock itsClock;
        final Clock.Timer timer;
        /** Null for one with a time of its own. */
        final TextMatcher matcher;
        boolean over;

        Entry(ScheduledAction action, String name, Consumer<ScheduledAction> run) {
            this.action = action;
            matcher = action.when() instanceof When.Printed(String text) ? new TextMatcher(text) : null;
            itsClock = action.action().looks() ? clock.watched() : clock;
            timer = itsClock.timer(name, () -> run.accept(action));
        }

        void printed(int value) {
            if (matcher != null && !over && matcher.matches(value)) {
                over = true;
                timer.arm(itsClock.nanos());
            }
        }
    }

    private final VirtualClock clock;
    private final List<Entry> entries = new ArrayList<>();
    private final Consumer<ScheduledAction> run;
    private final String name;

    /**
     * An empty schedule.
     *
     * @param name of the virtual machine
     * @param run does an action, on the machine's thread
     */
    Schedule(VirtualClock clock, String name, Consumer<ScheduledAction> run) {
        this.clock = clock;
        this.name = name;
        this.run = run;
    }

    /** Adds an action. */
    void add(ScheduledAction action) {
        var entry = new Entry(action, "action-" + name + "-" + entries.size(), run);
        entries.add(entry);
        if (action.when() instanceof When.At(long nanos)) {
            entry.timer.arm(nanos);
        }
    }

    /** The guest has printed a byte. */
    void printed(int value) {
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).printed(value);
        }
    }

    /** Actions that wait for a text that the guest has not printed, as they were given. */
    List<String> unmet() {
        return entries.stream().filter(e -> e.matcher != null && !e.over).map(e -> e.action.text()).toList();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("actions", VERSION);
        out.put("entries-count", entries.size());
        int number = 0;
        for (Entry e : entries) {
            out.item("entry", number++);
            out.put("action", e.action.text());
            out.put("over", e.over);
            out.put("matched", e.matcher == null ? 0 : e.matcher.seen());
            e.timer.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("actions", VERSION);
        int saved = (int) in.take();
        if (saved < 0 || saved > entries.size()) {
            throw new StateFormatException("%d actions where machine %s has %d".formatted(saved, name, entries.size()));
        }
        // this run may have more of its own behind them
        for (Entry e : entries.subList(0, saved)) {
            String text = in.takeText();
            if (!text.equals(e.action.text())) {
                throw new StateFormatException("action " + text + " where " + e.action.text() + " was expected");
            }
            e.over = in.takeBoolean();
            int seen = (int) in.take();
            if (e.matcher != null) {
                e.matcher.setSeen(seen);
            }
            e.timer.restore(in);
        }
        in.end();
    }
}
