package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The clock for time stamps (datasheet, 10.2.10): it grows by a step in every so many cycles of 25 MHz. It runs; frames are not stamped. */
final class SystemTime implements Saveable {

    private static final long CYCLE = 40;
    private static final int STEP_MASK = 0xFF_FFFF;

    private final Clock clock;
    private int increment;
    /** Its value at an instant of the machine. */
    private long value;
    private long at;
    private int adjustLow;
    /** What the upper half was when the lower one was read. */
    private int high;

    SystemTime(Clock clock) {
        this.clock = clock;
    }

    void reset() {
        increment = 0;
        value = 0;
        at = 0;
        adjustLow = 0;
        high = 0;
    }

    private long now() {
        int period = increment >>> 24;
        long cycles = period == 0 ? 0 : (clock.nanos() - at) / (CYCLE * period);
        return value + cycles * (increment & STEP_MASK);
    }

    private void set(long to) {
        value = to;
        at = clock.nanos();
    }

    int read(int register) {
        return switch (register) {
            case SYSTIML -> {
                long now = now();
                high = (int) (now >>> 32);
                yield (int) now;
            }
            case SYSTIMH -> high;
            case TIMINCA -> increment;
            default -> 0;
        };
    }

    void write(int register, int to) {
        switch (register) {
            case SYSTIML -> set(now() & ~0xFFFF_FFFFL | to & 0xFFFF_FFFFL);
            case SYSTIMH -> set(now() & 0xFFFF_FFFFL | (long) to << 32);
            case TIMINCA -> {
                set(now());
                increment = to;
            }
            case TIMADJL -> adjustLow = to;
            case TIMADJH -> {
                long by = (long) (to & Integer.MAX_VALUE) << 32 | adjustLow & 0xFFFF_FFFFL;
                set(now() + (to < 0 ? -by : by));
            }
            default -> { }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("time-increment", increment);
        out.put("time-value", value);
        out.put("time-at", at);
        out.put("time-adjust-low", adjustLow);
        out.put("time-high", high);
    }

    @Override
    public void restore(StateReader in) {
        increment = (int) in.take();
        value = in.take();
        at = in.take();
        adjustLow = (int) in.take();
        high = (int) in.take();
    }
}
