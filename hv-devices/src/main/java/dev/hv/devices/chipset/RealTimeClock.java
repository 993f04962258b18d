package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptLine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The CMOS memory and real-time clock (Motorola MC146818A data sheet) at ports 0x70 and 0x71, with the PC's century byte at 0x32.
 * Time and flags are computed from the clock; its alarm is set only while an interrupt is enabled.
 */
public final class RealTimeClock implements BytePorts, Saveable {

    static final int INDEX = 0x70;
    static final int DATA = 0x71;
    /** CMOS address of the century, as the FADT names it. */
    public static final int CENTURY = 0x32;

    private static final int STATE_VERSION = 2;
    private static final int A = 0x0A;
    private static final int B = 0x0B;
    private static final int C = 0x0C;
    private static final int D = 0x0D;
    private static final int A_UPDATE_IN_PROGRESS = 0x80;
    private static final int B_SET = 0x80;
    private static final int B_PERIODIC = 0x40;
    private static final int B_ALARM = 0x20;
    private static final int B_UPDATE = 0x10;
    private static final int B_INTERRUPTS = 0x70;
    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int C_REQUEST = 0x80;
    private static final int D_VALID = 0x80;

    /** How long before a second the update-in-progress bit rises. */
    private static final long UPDATE_WARNING = 244_000;
    private static final Frequency CRYSTAL = new Frequency(32_768);

    private final Clock clock;
    private final Clock.Timer timer;
    private final InterruptLine irq;
    /** The line's level, which follows from the state. */
    private boolean asserted;

    private final byte[] memory = new byte[128];
    private final int[] time = new int[10];
    private int index;
    private int a = 0x26;
    private int b = B_24_HOURS;
    /** PF, AF and UF of register C. */
    private int flags;
    /** The time was this many seconds since 1970 ... */
    private long epochSeconds;
    /** ... at this time of the clock, in nanoseconds. */
    private long epochNanos;
    /** Flags are up to date with this time of the clock. */
    private long seen;

    /** A clock that was kept by its battery: it shows {@link Clock#bootEpochSeconds}. */
    public RealTimeClock(Clock clock, InterruptLine irq) {
        this.clock = clock;
        this.irq = irq;
        this.timer = clock.timer("rtc", this::alarm);
        this.epochSeconds = clock.bootEpochSeconds();
    }

    /** Hardware reset: interrupts off; time and memory are battery-backed. */
    public void reset() {
        b &= ~(B_INTERRUPTS | 0x08);
        flags = 0;
        update();
    }

    /** Sets a byte of CMOS memory, 0x0E … 0x7F, as firmware would. */
    public void setMemory(int address, int value) {
        memory[address] = (byte) value;
    }

    /** The clock that it is kept by jumps, forward or (below 0) back, by nanoseconds. */
    public void jump(long nanos) {
        look();
        epochNanos -= nanos;
        update();
    }

    private WallTime format() {
        return new WallTime((b & B_BINARY) != 0, (b & B_24_HOURS) != 0);
    }

    /** The divider chain is held in reset: nothing runs. */
    private boolean dividerReset() {
        return (a & 0x60) == 0x60;
    }

    private boolean frozen() {
        return (b & B_SET) != 0 || dividerReset();
    }

    private long secondsAt(long nanos) {
        return epochSeconds + Math.floorDiv(nanos - epochNanos, Clock.SECOND);
    }

    /** Crystal pulses of one periodic interrupt; 0 for none. */
    private int period() {
        int rate = a & 0xF;
        return rate == 0 || dividerReset() ? 0 : rate < 3 ? 64 << rate : 1 << rate - 1;
    }

    // ---- flags and interrupt -------------------------------------------------------------------------------------

    /** Sets the flags of everything that happened since the last look. */
    private void look() {
        long now = clock.nanos();
        int period = period();
        if (period != 0 && CRYSTAL.ticks(now) / period != CRYSTAL.ticks(seen) / period) {
            flags |= B_PERIODIC;
        }
        if (!frozen()) {
            long before = secondsAt(seen);
            long second = secondsAt(now);
            if (second != before) {
                flags |= B_UPDATE;
                if (nextAlarm(before) <= second) {
                    flags |= B_ALARM;
                }
            }
        }
        seen = now;
    }

    /** The first second after {@code second} that the alarm registers match. A byte from 0xC0 up matches anything. */
    private long nextAlarm(long second) {
        var format = format();
        int s = time[1] >= 0xC0 ? -1 : format.decode(time[1]);
        int m = time[3] >= 0xC0 ? -1 : format.decode(time[3]);
        int h = time[5] >= 0xC0 ? -1 : format.decodeHour(time[5]);
        long t = second + 1;
        long end = t + 2 * 86_400;
        while (t < end) {
            if (h >= 0 && t / 3600 % 24 != h) {
                t = (t / 3600 + 1) * 3600;
            } else if (m >= 0 && t / 60 % 60 != m) {
                t = (t / 60 + 1) * 60;
            } else if (s >= 0 && t % 60 != s) {
                t++;
            } else {
                return t;
            }
        }
        return Long.MAX_VALUE;
    }

    private boolean requests() {
        return (flags & b & B_INTERRUPTS) != 0;
    }

    /** Drives the interrupt line and sets the alarm for what may raise it next. */
    private void update() {
        boolean request = requests();
        if (request != asserted) {
            asserted = request;
            irq.set(request);
        }
        long next = Long.MAX_VALUE;
        if (!request) {
            int period = period();
            if ((b & B_PERIODIC) != 0 && period != 0) {
                next = CRYSTAL.nanos((CRYSTAL.ticks(seen) / period + 1) * period);
            }
            if (!frozen()) {
                long second = secondsAt(seen);
                if ((b & B_UPDATE) != 0) {
                    next = Math.min(next, nanosOf(second + 1));
                }
                if ((b & B_ALARM) != 0) {
                    long alarm = nextAlarm(second);
                    next = alarm == Long.MAX_VALUE ? next : Math.min(next, nanosOf(alarm));
                }
            }
        }
        if (next == Long.MAX_VALUE) {
            timer.cancel();
        } else {
            timer.arm(next);
        }
    }

    private long nanosOf(long second) {
        return epochNanos + (second - epochSeconds) * Clock.SECOND;
    }

    private void alarm() {
        look();
        update();
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    @Override
    public int readByte(int port) {
        // The index is write-only.
        return port == INDEX ? 0xFF : read(index);
    }

    @Override
    public void writeByte(int port, int value) {
        if (port == INDEX) {
            // Bit 7 would mask NMI; nothing raises one through it here.
            index = value & 0x7F;
        } else {
            write(index, value);
        }
    }

    private int read(int register) {
        if (register < A || register == CENTURY) {
            if (!frozen()) {
                int century = format().toRegisters(secondsAt(clock.nanos()), time);
                memory[CENTURY] = (byte) century;
            }
            return register < A ? time[register] : memory[CENTURY] & 0xFF;
        }
        return switch (register) {
            case A -> a | (updateInProgress() ? A_UPDATE_IN_PROGRESS : 0);
            case B -> b;
            case C -> {
                look();
                int value = flags | ((flags & b & B_INTERRUPTS) != 0 ? C_REQUEST : 0);
                flags = 0;
                update();
                yield value;
            }
            case D -> D_VALID;
            default -> memory[register] & 0xFF;
        };
    }

    private boolean updateInProgress() {
        return !frozen() && Clock.SECOND - Math.floorMod(clock.nanos() - epochNanos, Clock.SECOND) <= UPDATE_WARNING;
    }

    private void write(int register, int value) {
        look();
        boolean alarmRegister = register == 1 || register == 3 || register == 5;
        if (alarmRegister) {
            time[register] = value;
        } else if (register < A || register == CENTURY) {
            writeTime(register, value);
        } else if (register == A || register == B) {
            writeControl(register, value);
        } else if (register > D) {
            memory[register] = (byte) value;
        }
        update();
    }

    private void writeTime(int register, int value) {
        boolean running = !frozen();
        if (running) {
            freeze();
        }
        if (register == CENTURY) {
            memory[CENTURY] = (byte) value;
        } else {
            time[register] = value;
        }
        if (running) {
            resume(false);
        }
    }

    private void writeControl(int register, int value) {
        boolean wasFrozen = frozen();
        boolean wasReset = dividerReset();
        if (!wasFrozen) {
            freeze();
        }
        if (register == A) {
            a = value & 0x7F;
        } else {
            // Setting SET clears the update-ended interrupt's enable.
            b = (value & B_SET) != 0 ? value & ~B_UPDATE : value;
            if (!wasFrozen) {
                // A change of format alone shows the same time in the new format.
                memory[CENTURY] = (byte) format().toRegisters(secondsAt(clock.nanos()), time);
            }
        }
        if (!frozen()) {
            resume(wasReset);
        }
    }

    private void freeze() {
        memory[CENTURY] = (byte) format().toRegisters(secondsAt(clock.nanos()), time);
    }

    /** Runs on from what the registers say; the fraction of the second goes on, or is a half after a divider reset. */
    private void resume(boolean afterReset) {
        long now = clock.nanos();
        long fraction = afterReset ? Clock.SECOND / 2 : Math.floorMod(now - epochNanos, Clock.SECOND);
        epochSeconds = format().toEpochSeconds(time, memory[CENTURY] & 0xFF);
        epochNanos = now - fraction;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("rtc", STATE_VERSION);
        out.put("memory", memory, 0, memory.length);
        for (int v : time) {
            out.put("time", v);
        }
        out.put("index", index);
        out.put("a", a);
        out.put("b", b);
        out.put("flags", flags);
        out.put("epoch-seconds", epochSeconds);
        out.put("epoch-nanos", epochNanos);
        out.put("seen", seen);
        out.put("boot-epoch-seconds", clock.bootEpochSeconds());
        timer.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("rtc", STATE_VERSION);
        byte[] bytes = in.takeBytes();
        System.arraycopy(bytes, 0, memory, 0, memory.length);
        for (int i = 0; i < time.length; i++) {
            time[i] = (int) in.take();
        }
        index = (int) in.take();
        a = (int) in.take();
        b = (int) in.take();
        flags = (int) in.take();
        epochSeconds = in.take();
        epochNanos = in.take();
        seen = in.take();
        // in real time the date jumps to the host's, as it does for a clock that its battery kept
        epochSeconds += clock.bootEpochSeconds() - in.take();
        timer.restore(in);
        asserted = requests();
        in.end();
    }
}
