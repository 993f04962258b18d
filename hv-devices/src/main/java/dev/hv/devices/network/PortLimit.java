package dev.hv.devices.network;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A cable between a station and its switch port over which only so many bits pass in a second, in each direction for itself: frames pass one behind the other, each as long as its bits take, and wait for those before
 * them. One that would wait longer than {@link #LONGEST_WAIT}, or make more than {@link #MOST_BYTES} wait, is lost. Frames under way are part of the state. A large frame passes as one, with the bits that it has.
 */
final class PortLimit implements Saveable {

    /** How long a frame waits at most, in ns. */
    static final long LONGEST_WAIT = 100_000_000;
    /** Bytes that wait in a direction at most; one frame may always. */
    static final int MOST_BYTES = 4 << 20;

    private static final int VERSION = 1;
    private static final long BITS = 8;

    /** Where frames go on. */
    interface Passage {
        /** A frame. */
        void pass(boolean fromStation, byte[] frame, int segment);
    }

    private record Frame(long due, byte[] bytes, int segment) {}

    private static final class Lane {
        private final boolean fromStation;
        private final ArrayDeque<Frame> frames = new ArrayDeque<>();
        private final Clock.Timer timer;
        /** When the last bit of what came so far has passed. */
        private long free;
        private int waiting;
        private long lost;

        Lane(boolean fromStation, Clock clock, String name, Consumer<Lane> fire) {
            this.fromStation = fromStation;
            timer = clock.timer(name, () -> fire.accept(this));
        }
    }

    private final Clock clock;
    private final long bitsPerSecond;
    private final Passage passage;
    private final Lane[] lanes;

    PortLimit(Clock clock, String station, long bitsPerSecond, Passage passage) {
        this.clock = clock;
        this.bitsPerSecond = bitsPerSecond;
        this.passage = passage;
        lanes = new Lane[] {new Lane(false, clock, "frames to " + station, this::fire), new Lane(true, clock, "frames of " + station, this::fire)};
    }

    private Lane lane(boolean fromStation) {
        return lanes[fromStation ? 1 : 0];
    }

    /** Frames that were lost. */
    long lost() {
        return lanes[0].lost + lanes[1].lost;
    }

    /** A frame comes by; it goes on later, or is lost. */
    void frame(boolean fromStation, byte[] bytes, int offset, int length, int segment) {
        Lane lane = lane(fromStation);
        long now = clock.nanos();
        long begin = Math.max(now, lane.free);
        if (begin - now > LONGEST_WAIT || !lane.frames.isEmpty() && lane.waiting + length > MOST_BYTES) {
            lane.lost++;
            return;
        }
        lane.free = begin + Math.max(1, Math.ceilDiv(length * BITS * Clock.SECOND, bitsPerSecond));
        lane.frames.add(new Frame(lane.free, Arrays.copyOfRange(bytes, offset, offset + length), segment));
        lane.waiting += length;
        if (!lane.timer.armed()) {
            lane.timer.arm(lane.frames.peek().due);
        }
    }

    private void fire(Lane lane) {
        while (!lane.frames.isEmpty() && lane.frames.peek().due <= clock.nanos()) {
            Frame f = lane.frames.poll();
            lane.waiting -= f.bytes.length;
            passage.pass(lane.fromStation, f.bytes, f.segment);
        }
        if (lane.frames.isEmpty()) {
            lane.timer.cancel();
        } else {
            lane.timer.arm(lane.frames.peek().due);
        }
    }

    /** The cable is gone, with what is on it. */
    void end() {
        for (Lane lane : lanes) {
            lane.frames.clear();
            lane.waiting = 0;
            lane.timer.cancel();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("port-limit", VERSION);
        for (Lane lane : lanes) {
            out.item("direction", lane.fromStation ? "from-station" : "to-station");
            out.put("free", lane.free);
            out.put("lost", lane.lost);
            out.put("frames-count", lane.frames.size());
            for (Frame f : lane.frames) {
                out.put("due", f.due);
                out.put("segment", f.segment);
                out.put("frame", f.bytes, 0, f.bytes.length);
            }
            out.name("timer");
            lane.timer.save(out);
        }
        out.endItems();
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("port-limit", VERSION);
        for (Lane lane : lanes) {
            lane.frames.clear();
            lane.waiting = 0;
            lane.free = in.take();
            lane.lost = in.take();
            for (long n = in.take(); n > 0; n--) {
                long due = in.take();
                int segment = (int) in.take();
                byte[] bytes = in.takeBytes();
                lane.frames.add(new Frame(due, bytes, segment));
                lane.waiting += bytes.length;
            }
            lane.timer.restore(in);
        }
        in.end();
    }
}
