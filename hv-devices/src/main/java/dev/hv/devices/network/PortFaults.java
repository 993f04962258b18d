package dev.hv.devices.network;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * What is wrong with the cable between a station and its switch port, for tests of what stations make of that: frames are lost, late, out of order, doubled or damaged. What befalls which frame follows from seeds. Frames that are
 * under way are part of the state.
 */
public final class PortFaults implements Saveable {

    /** Which frames, as the guest sees it whose adapter the station is. */
    public enum Direction { TO_GUEST, FROM_GUEST, BOTH }

    /**
     * What befalls frames.
     *
     * @param loss probability that a frame is lost, 0 to 1
     * @param reorder probability that it comes after the one behind it, or {@value #LONGEST_HOLD} ns late when there comes none
     * @param duplicate probability that it comes twice
     * @param corrupt probability that one of its bits is wrong
     * @param delay ns of the machine's clock that it is late
     * @param jitter ns by which the delay differs at most, to both sides; at most the delay
     * @param times how many frames meet it; {@link Long#MAX_VALUE} for all until {@link #heal}
     */
    public record Rule(Direction direction, double loss, double reorder, double duplicate, double corrupt, long delay, long jitter, long times) {

        /** Whether it says anything. */
        public boolean any() {
            return loss > 0 || reorder > 0 || duplicate > 0 || corrupt > 0 || delay > 0;
        }
    }

    /** Where frames go on. */
    interface Passage {
        /** A frame, which is nobody else's. */
        void pass(boolean fromStation, byte[] frame);
    }

    /** How long a frame waits for one that it could come after, in ns. */
    static final long LONGEST_HOLD = 10_000_000;
    private static final int VERSION = 1;
    private static final String[] RULE = {"direction", "loss-bits", "reorder-bits", "duplicate-bits", "corrupt-bits", "delay", "jitter", "times", "seed", "met"};
    private static final Direction[] DIRECTIONS = Direction.values();

    /** A rule with how far it is. */
    private static final class Running {
        private final Rule rule;
        private final long seed;
        private long met;

        Running(Rule rule, long seed, long met) {
            this.rule = rule;
            this.seed = seed;
            this.met = met;
        }

        boolean meets(boolean fromStation) {
            return rule.direction == Direction.BOTH || (rule.direction == Direction.FROM_GUEST) == fromStation;
        }
    }

    /**
     * A frame under way.
     *
     * @param held whether it goes on as soon as another one has
     */
    private record Late(long due, long number, boolean fromStation, boolean held, byte[] frame) {}

    private final Clock clock;
    private final Clock.Timer timer;
    private final Passage passage;
    private final List<Running> rules = new ArrayList<>();
    private final PriorityQueue<Late> late = new PriorityQueue<>(Comparator.comparingLong(Late::due).thenComparingLong(Late::number));
    private long numbers;

    /** A cable of which nothing is wrong. */
    PortFaults(Clock clock, String station, Passage passage) {
        this.clock = clock;
        this.passage = passage;
        timer = clock.timer("late frames of " + station, this::fire);
    }

    /**
     * Has something befall frames from now on that no earlier rule meets.
     *
     * @param seed chance follows from it
     */
    void add(Rule rule, long seed) {
        rules.add(new Running(rule, seed, 0));
    }

    /** Nothing befalls frames any more; what is late already stays so. */
    void heal() {
        rules.clear();
    }

    /** Whether there is nothing to be done with frames, nor to be saved. */
    boolean idle() {
        return rules.isEmpty() && late.isEmpty();
    }

    /** A frame comes by; it goes on, now or later, or is lost. */
    void frame(boolean fromStation, byte[] bytes, int offset, int length) {
        byte[] frame = Arrays.copyOfRange(bytes, offset, offset + length);
        Running r = rules.stream().filter(x -> x.meets(fromStation)).findFirst().orElse(null);
        if (r == null) {
            pass(fromStation, frame);
            return;
        }
        if (++r.met == r.rule.times) {
            rules.remove(r);
        }
        befall(r.rule, new SplittableRandom(r.seed + r.met), fromStation, frame);
    }

    private void befall(Rule rule, SplittableRandom chance, boolean fromStation, byte[] frame) {
        // all are drawn, so that one of them changes nothing of the others
        boolean lost = chance.nextDouble() < rule.loss;
        boolean held = chance.nextDouble() < rule.reorder;
        boolean twice = chance.nextDouble() < rule.duplicate;
        boolean damaged = chance.nextDouble() < rule.corrupt;
        int bit = chance.nextInt(frame.length * 8);
        long delay = rule.delay + (rule.jitter == 0 ? 0 : chance.nextLong(2 * rule.jitter + 1) - rule.jitter);
        if (lost) {
            return;
        }
        if (damaged) {
            frame[bit >>> 3] ^= (byte) (1 << (bit & 7));
        }
        for (int copies = twice ? 2 : 1; copies > 0; copies--) {
            byte[] one = copies == 1 ? frame : frame.clone();
            if (held || delay > 0) {
                late.add(new Late(clock.nanos() + delay + (held ? LONGEST_HOLD : 0), numbers++, fromStation, held, one));
                rearm();
            } else {
                pass(fromStation, one);
            }
        }
    }

    /** A frame goes on, and behind it those of its direction that wait for that. */
    private void pass(boolean fromStation, byte[] frame) {
        List<Late> behind = late.isEmpty() ? List.of() : late.stream().filter(l -> l.held && l.fromStation == fromStation).sorted(late.comparator()).toList();
        late.removeAll(behind);
        passage.pass(fromStation, frame);
        behind.forEach(l -> passage.pass(fromStation, l.frame));
        rearm();
    }

    private void rearm() {
        if (late.isEmpty()) {
            timer.cancel();
        } else {
            timer.arm(late.peek().due);
        }
    }

    private void fire() {
        while (!late.isEmpty() && late.peek().due <= clock.nanos()) {
            Late l = late.poll();
            pass(l.fromStation, l.frame);
        }
        rearm();
    }

    /** The cable is gone, with what is on it. */
    void end() {
        rules.clear();
        late.clear();
        timer.cancel();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("port-faults", VERSION);
        out.put("rules-count", rules.size());
        int i = 0;
        for (Running r : rules) {
            Rule u = r.rule;
            out.item("rule", i++);
            out.put(RULE, new long[] {u.direction.ordinal(), Double.doubleToLongBits(u.loss), Double.doubleToLongBits(u.reorder), Double.doubleToLongBits(u.duplicate), Double.doubleToLongBits(u.corrupt), u.delay,
                u.jitter, u.times, r.seed, r.met});
        }
        out.endItems();
        out.put("numbers", numbers);
        out.put("late-count", late.size());
        i = 0;
        for (Late l : late.stream().sorted(late.comparator()).toList()) {
            out.item("late", i++);
            out.put("due", l.due);
            out.put("number", l.number);
            out.put("from-station", l.fromStation);
            out.put("held", l.held);
            out.put("frame", l.frame, 0, l.frame.length);
        }
        out.endItems();
        timer.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        rules.clear();
        late.clear();
        in.begin("port-faults", VERSION);
        long[] v = new long[10];
        for (long n = in.take(); n > 0; n--) {
            in.take(v);
            rules.add(new Running(new Rule(DIRECTIONS[(int) v[0]], Double.longBitsToDouble(v[1]), Double.longBitsToDouble(v[2]), Double.longBitsToDouble(v[3]), Double.longBitsToDouble(v[4]), v[5], v[6], v[7]),
                    v[8], v[9]));
        }
        numbers = in.take();
        for (long n = in.take(); n > 0; n--) {
            late.add(new Late(in.take(), in.take(), in.takeBoolean(), in.takeBoolean(), in.takeBytes()));
        }
        timer.restore(in);
        in.end();
    }
}
