package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptLine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The 8254 interval timer of a PC at ports 0x40 … 0x43, with port 0x61 (system control port B). Counter 0's output is IRQ 0,
 * counter 1 refreshed memory once, counter 2 has its gate and output in port 0x61.
 */
public final class Pit8254 implements BytePorts, Saveable {

    static final int BASE = 0x40;
    static final int CONTROL_B = 0x61;
    /** 1.193182 MHz: a third of the colour carrier's quarter, the same in every PC. */
    static final Frequency RATE = new Frequency(1_193_182);

    private static final int REFRESH_NANOS = 15_085;
    private static final int GATE_2 = 1;
    private static final int REFRESH = 1 << 4;
    private static final int OUT_2 = 1 << 5;

    private final Clock clock;
    private final Clock.Timer timer;
    private final InterruptLine irq;
    private final PitCounter[] counters = {new PitCounter(), new PitCounter(), new PitCounter()};
    /** Port 0x61's writable bits: gate, speaker, and the two error check disables. */
    private int controlB;

    /** A timer as firmware leaves it; {@code irq} is counter 0's output. */
    public Pit8254(Clock clock, InterruptLine irq) {
        this.clock = clock;
        this.irq = irq;
        this.timer = clock.timer("pit", this::rise);
        reset();
    }

    /** The state firmware leaves: counter 0 at 18.2 Hz in mode 3, counter 1 refreshing, counter 2 stopped. */
    public void reset() {
        long now = now();
        for (PitCounter c : counters) {
            c.powerOn();
        }
        counters[0].control(0x36);
        counters[0].write(0, now);
        counters[0].write(0, now);
        counters[1].control(0x14);
        counters[1].write(18, now);
        counters[2].control(0x36);
        counters[2].setGate(false, now);
        controlB = 0;
        drive(now);
    }

    private long now() {
        return RATE.ticks(clock.nanos());
    }

    /** Counter 0's output after a change, and the alarm for its next rising edge. */
    private void drive(long now) {
        irq.set(counters[0].out(now));
        schedule(now);
    }

    private void schedule(long now) {
        long rise = counters[0].nextRise(now);
        if (rise == PitCounter.NEVER) {
            timer.cancel();
        } else {
            timer.arm(RATE.nanos(rise));
        }
    }

    /** A rising edge of counter 0. Nobody sees the low time before it, so it is made here, not timed. */
    private void rise() {
        long now = now();
        irq.set(false);
        irq.set(true);
        schedule(now);
    }

    @Override
    public int readByte(int port) {
        if (port == CONTROL_B) {
            boolean refresh = (clock.nanos() / REFRESH_NANOS & 1) != 0;
            return controlB | (refresh ? REFRESH : 0) | (counters[2].out(now()) ? OUT_2 : 0);
        }
        // The control register cannot be read: the bus floats.
        return port == BASE + 3 ? 0xFF : counters[port - BASE].read(now());
    }

    @Override
    public void writeByte(int port, int value) {
        long now = now();
        if (port == CONTROL_B) {
            controlB = value & 0xF;
            counters[2].setGate((value & GATE_2) != 0, now);
            return;
        }
        if (port != BASE + 3) {
            counters[port - BASE].write(value, now);
            if (port == BASE) {
                drive(now);
            }
            return;
        }
        int select = value >> 6;
        if (select == 3) {
            readBack(value, now);
        } else if ((value & 0x30) == 0) {
            counters[select].latchCount(now);
        } else {
            counters[select].control(value);
            if (select == 0) {
                drive(now);
            }
        }
    }

    private void readBack(int value, long now) {
        for (int i = 0; i < 3; i++) {
            if ((value >> i + 1 & 1) != 0) {
                if ((value & 0x20) == 0) {
                    counters[i].latchCount(now);
                }
                if ((value & 0x10) == 0) {
                    counters[i].latchStatus(now);
                }
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pit", 2);
        for (var c : counters) {
            c.save(out);
        }
        out.put("control-b", controlB);
        timer.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pit", 2);
        for (var c : counters) {
            c.restore(in);
        }
        controlB = (int) in.take();
        timer.restore(in);
        in.end();
    }
}
