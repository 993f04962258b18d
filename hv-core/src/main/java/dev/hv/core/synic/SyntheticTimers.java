package dev.hv.core.synic;

import dev.hv.core.machine.Clock;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.LongUnaryOperator;

/** The four synthetic timers of a virtual processor (TLFS, "Synthetic timers"). Lazy timers are as punctual as the others. */
public final class SyntheticTimers implements Saveable {

    /** Timers of a processor. */
    public static final int TIMERS = 4;

    private static final int VERSION = 2;
    private static final long ENABLE = 1;
    private static final long PERIODIC = 1 << 1;
    private static final long AUTO_ENABLE = 1 << 3;
    private static final int VECTOR_SHIFT = 4;
    private static final long DIRECT = 1 << 12;
    private static final int SINT_SHIFT = 16;
    private static final long VALID = 0xF_1FFF;
    /** Payload of the message: timer u32, reserved u32, expiration u64, delivery u64. */
    private static final int PAYLOAD = 24;

    /** One timer. */
    private final class Timer {
        final int index;
        final Clock.Timer alarm;
        long config;
        long count;
        /** Reference time of the next expiration; negative for never. */
        long next;
        /** Reference time of the expiration that the message tells of. */
        long expired;
        /** Expired, but the message slot is taken. */
        boolean pending;

        Timer(int index, Clock clock, String name) {
            this.index = index;
            alarm = clock.timer(name + " stimer " + index, this::expire);
        }

        boolean on(long bit) {
            return (config & bit) != 0;
        }

        int sint() {
            return (int) (config >>> SINT_SHIFT) & 15;
        }

        void stop() {
            alarm.cancel();
            pending = false;
        }

        void start() {
            if (!on(ENABLE) || count == 0) {
                return;
            }
            // registers are unsigned: what looks negative is further away than the clock counts
            next = count < 0 ? count : on(PERIODIC) ? time.now() + count : count;
            arm();
        }

        void arm() {
            if (next >= 0) {
                alarm.arm(nanosAtTsc.applyAsLong(time.tscAt(next)));
            }
        }

        void expire() {
            if (!pending) {
                expired = next;
            }
            if (on(PERIODIC)) {
                // expirations that nobody could see are left out
                next += (1 + (time.now() - next) / count) * count;
                arm();
            }
            pending = true;
            deliver();
        }

        void deliver() {
            if (on(DIRECT)) {
                pending = false;
                processor.interrupt((int) (config >>> VECTOR_SHIFT) & 0xFF);
            } else if (synic.tryPost(sint(), HvMessage.TIMER_EXPIRED, message(), PAYLOAD)) {
                pending = false;
            }
            if (!pending && !on(PERIODIC)) {
                config &= ~ENABLE;
            }
        }

        private byte[] message() {
            LittleEndian.put32(payload, 0, index);
            LittleEndian.put64(payload, 8, expired);
            LittleEndian.put64(payload, 16, time.now());
            return payload;
        }
    }

    private final SynicProcessor processor;
    private final Synic synic;
    private final ReferenceTime time;
    private final LongUnaryOperator nanosAtTsc;
    private final Timer[] timers = new Timer[TIMERS];
    private final byte[] payload = new byte[PAYLOAD];

    /**
     * Timers after reset.
     *
     * @param name of their owner, for the clock
     * @param nanosAtTsc the clock's time when the partition's time-stamp counter reaches a value
     */
    public SyntheticTimers(SynicProcessor processor, Synic synic, ReferenceTime time, Clock clock, LongUnaryOperator nanosAtTsc, String name) {
        this.processor = processor;
        this.synic = synic;
        this.time = time;
        this.nanosAtTsc = nanosAtTsc;
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = new Timer(i, clock, name);
        }
        synic.onFree(this::slotFree);
    }

    private void slotFree(int sint) {
        for (Timer t : timers) {
            if (t.pending && t.sint() == sint) {
                t.deliver();
            }
        }
    }

    /** The virtual processor is reset. */
    public void reset() {
        for (Timer t : timers) {
            t.stop();
            t.config = 0;
            t.count = 0;
            t.next = 0;
            t.expired = 0;
        }
    }

    /** STIMERn_CONFIG. */
    public long config(int index) {
        return timers[index].config;
    }

    /** Writes STIMERn_CONFIG; false for reserved bits. */
    public boolean setConfig(int index, long value) {
        if ((value & ~VALID) != 0) {
            return false;
        }
        Timer t = timers[index];
        t.stop();
        t.config = value;
        if (!t.on(DIRECT) && t.sint() == 0) {
            t.config &= ~ENABLE;
        }
        t.start();
        return true;
    }

    /** STIMERn_COUNT. */
    public long count(int index) {
        return timers[index].count;
    }

    /** Writes STIMERn_COUNT. */
    public void setCount(int index, long value) {
        Timer t = timers[index];
        t.stop();
        t.count = value;
        if (value == 0) {
            t.config &= ~ENABLE;
        } else if (t.on(AUTO_ENABLE)) {
            t.config |= ENABLE;
        }
        t.start();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synthetic-timers", VERSION);
        int number = 0;
        for (Timer t : timers) {
            out.item("stimer", number++);
            out.put("config", t.config);
            out.put("count", t.count);
            out.put("next", t.next);
            out.put("expired", t.expired);
            out.put("pending", t.pending);
            t.alarm.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synthetic-timers", VERSION);
        for (Timer t : timers) {
            t.config = in.take();
            t.count = in.take();
            t.next = in.take();
            t.expired = in.take();
            t.pending = in.takeBoolean();
            t.alarm.restore(in);
        }
        in.end();
    }
}
