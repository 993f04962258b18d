package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The APIC timer (SDM vol. 3A, 12.5.4): one-shot, periodic and TSC-deadline. The count is not stepped; it is computed from
 * the time at which it reaches zero.
 */
final class ApicTimer {

    static final int ONE_SHOT = 0;
    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;

    private final ApicClock clock;
    private final ApicClock.Alarm alarm;
    private final long nanosPerTick;
    private final Runnable expired;

    private int mode;
    /** Divide configuration register, bits 3, 1 and 0. */
    private int divide;
    /** Initial count, unsigned 32 bits. */
    private long initial;
    private boolean counting;
    /** When the count reaches zero (next), in nanoseconds. */
    private long zeroAt;
    /** IA32_TSC_DEADLINE; 0 is disarmed. */
    private long tscDeadline;

    /**
     * A stopped timer.
     *
     * @param nanosPerTick period of the undivided timer clock
     * @param expired called when the count reaches zero or the deadline has come
     */
    ApicTimer(ApicClock clock, long nanosPerTick, Runnable expired) {
        this.clock = clock;
        this.nanosPerTick = nanosPerTick;
        this.expired = expired;
        this.alarm = clock.alarm(this::alarm);
    }

    void reset() {
        stop();
        mode = ONE_SHOT;
        divide = 0;
        initial = 0;
    }

    private void stop() {
        counting = false;
        tscDeadline = 0;
        alarm.cancel();
    }

    /** Bits 18:17 of the LVT timer register. Going to or from TSC-deadline mode disarms the timer. */
    void setMode(int newMode) {
        if (newMode == mode) {
            return;
        }
        if (counting && clock.nanos() >= zeroAt) {
            alarm();
        }
        if (newMode > PERIODIC || mode > PERIODIC) {
            stop();
            initial = 0;
        }
        mode = newMode;
    }

    int divide() {
        return divide;
    }

    /** Writes the divide configuration; a running count goes on from its value at the new rate. */
    void setDivide(int value) {
        long count = currentCount();
        divide = value & 0b1011;
        if (counting && count != 0) {
            zeroAt = clock.nanos() + count * tick();
            alarm.set(zeroAt);
        }
    }

    /** Nanoseconds per count: 000 in bits 3, 1, 0 divides by 2, 110 by 128, 111 by 1. */
    private long tick() {
        int n = divide >> 1 & 4 | divide & 3;
        return nanosPerTick << (n + 1 & 7);
    }

    long initialCount() {
        return initial;
    }

    /** Writes the initial count, which starts the count; 0 stops it. Ignored in TSC-deadline mode. */
    void setInitialCount(long value) {
        if (mode > PERIODIC) {
            return;
        }
        stop();
        initial = value;
        if (value != 0) {
            counting = true;
            zeroAt = clock.nanos() + value * tick();
            alarm.set(zeroAt);
        }
    }

    long currentCount() {
        if (!counting) {
            return 0;
        }
        long left = zeroAt - clock.nanos();
        if (left <= 0) {
            if (mode != PERIODIC) {
                return 0;
            }
            long period = initial * tick();
            left = period - -left % period;
        }
        long tick = tick();
        return (left + tick - 1) / tick;
    }

    long tscDeadline() {
        return tscDeadline;
    }

    /** Writes IA32_TSC_DEADLINE: ignored outside TSC-deadline mode, 0 disarms, a past value expires at once. */
    void setTscDeadline(long value) {
        if (mode != TSC_DEADLINE) {
            return;
        }
        tscDeadline = value;
        tscChanged();
    }

    /** The time-stamp counter was moved: the deadline comes at another time now. */
    void tscChanged() {
        if (mode != TSC_DEADLINE) {
            return;
        }
        alarm.cancel();
        if (tscDeadline != 0) {
            if (Long.compareUnsigned(clock.tsc(), tscDeadline) >= 0) {
                tscDeadline = 0;
                expired.run();
            } else {
                alarm.set(clock.nanosAtTsc(tscDeadline));
            }
        }
    }

    private void alarm() {
        if (mode == TSC_DEADLINE) {
            tscChanged();
            return;
        }
        if (!counting) {
            return;
        }
        long now = clock.nanos();
        if (now < zeroAt) {
            alarm.set(zeroAt);
            return;
        }
        if (mode == PERIODIC) {
            // The interrupt request is one bit: periods missed while nobody looked become one interrupt.
            long period = initial * tick();
            zeroAt += ((now - zeroAt) / period + 1) * period;
            alarm.set(zeroAt);
        } else {
            counting = false;
        }
        expired.run();
    }

    void save(StateWriter out) {
        out.put("mode", mode);
        out.put("divide", divide);
        out.put("initial", initial);
        out.put("counting", counting);
        out.put("zero-at", zeroAt);
        out.put("tsc-deadline", tscDeadline);
        alarm.save(out);
    }

    void restore(StateReader in) {
        mode = (int) in.take();
        divide = (int) in.take();
        initial = in.take();
        counting = in.takeBoolean();
        zeroAt = in.take();
        tscDeadline = in.take();
        alarm.restore(in);
    }
}
