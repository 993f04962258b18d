package dev.hv.core.machine;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Interrupts of an interrupt controller that do not come, or come late, for tests of what a system makes of that. The controller asks for each interrupt whether it {@link #passes}; what is late is delivered from here, and part of the
 * state.
 */
public final class InterruptFaults implements Saveable {

    /** Any processor. */
    public static final int ANY = -1;
    /** Delay of what never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int VERSION = 1;
    private static final String[] RULE = {"number", "processor", "delay", "times"};
    private static final String[] LATE = {"due", "number", "processor", "level"};

    /** Delivers a late interrupt as if nothing were wrong. */
    @FunctionalInterface
    public interface Delivery {
        /** An interrupt, as it was asked for. */
        void deliver(int number, int processor, boolean level);
    }

    /** Interrupts that meet a fault: which, and how many more. */
    private static final class Rule {
        private final int number;
        private final int processor;
        private final long delay;
        private long times;

        Rule(int number, int processor, long delay, long times) {
            this.number = number;
            this.processor = processor;
            this.delay = delay;
            this.times = times;
        }
    }

    private record Late(long due, int number, int processor, boolean level) {}

    private final Clock clock;
    private final Clock.Timer timer;
    private final Delivery delivery;
    private final List<Rule> rules = new ArrayList<>();
    /** In the order in which they are due; equal ones in that in which they came. */
    private final List<Late> late = new ArrayList<>();

    /**
     * A controller that loses nothing.
     *
     * @param name for traces
     */
    public InterruptFaults(Clock clock, String name, Delivery delivery) {
        this.clock = clock;
        this.delivery = delivery;
        timer = clock.timer("late interrupts of " + name, this::fire);
    }

    /**
     * Has interrupts be lost or late.
     *
     * @param number of the interrupt, in the controller's way of counting
     * @param processor that it is for; {@link #ANY} for any
     * @param delay ns of the clock; {@link #NEVER} for lost
     * @param times how many; {@link Long#MAX_VALUE} until {@link #heal}
     */
    public void add(int number, int processor, long delay, long times) {
        rules.add(new Rule(number, processor, delay, times));
    }

    /** Interrupts come as they should again; those that are late stay so. */
    public void heal() {
        rules.clear();
    }

    /** Whether an interrupt is to be delivered now; it counts as one of those that are not. */
    public boolean passes(int number, int processor, boolean level) {
        if (rules.isEmpty()) {
            return true;
        }
        for (Rule r : rules) {
            if (r.number == number && (r.processor == ANY || r.processor == processor)) {
                if (r.times != Long.MAX_VALUE && --r.times == 0) {
                    rules.remove(r);
                }
                if (r.delay != NEVER) {
                    late.add(new Late(clock.nanos() + r.delay, number, processor, level));
                    late.sort(Comparator.comparingLong(Late::due));
                    timer.arm(late.getFirst().due);
                }
                return false;
            }
        }
        return true;
    }

    private void fire() {
        while (!late.isEmpty() && late.getFirst().due <= clock.nanos()) {
            Late l = late.removeFirst();
            delivery.deliver(l.number, l.processor, l.level);
        }
        if (!late.isEmpty()) {
            timer.arm(late.getFirst().due);
        }
    }

    /** The controller is reset, or no more: what is late never comes. */
    public void forgetLate() {
        late.clear();
        timer.cancel();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("interrupt-faults", VERSION);
        out.put("rules-count", rules.size());
        int i = 0;
        for (Rule r : rules) {
            out.item("rule", i++);
            out.put(RULE, new long[] {r.number, r.processor, r.delay, r.times});
        }
        out.endItems();
        out.put("late-count", late.size());
        i = 0;
        for (Late l : late) {
            out.item("late", i++);
            out.put(LATE, new long[] {l.due, l.number, l.processor, l.level ? 1 : 0});
        }
        out.endItems();
        timer.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        rules.clear();
        late.clear();
        in.begin("interrupt-faults", VERSION);
        long[] v = new long[4];
        for (long n = in.take(); n > 0; n--) {
            in.take(v);
            rules.add(new Rule((int) v[0], (int) v[1], v[2], v[3]));
        }
        for (long n = in.take(); n > 0; n--) {
            in.take(v);
            late.add(new Late(v[0], (int) v[1], (int) v[2], v[3] != 0));
        }
        timer.restore(in);
        in.end();
    }
}
