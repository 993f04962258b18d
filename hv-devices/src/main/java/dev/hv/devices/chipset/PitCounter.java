package dev.hv.devices.chipset;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * One counter of an 8254 (Intel 8254 data sheet). It is not stepped: its value and its output are computed from the clock pulse
 * at which the count was loaded. Times are clock pulses since power-on and never go back.
 */
final class PitCounter {

    static final long NEVER = Long.MAX_VALUE;

    private static final int LOW = 1;
    private static final int HIGH = 2;
    private static final int BOTH = 3;

    private int mode;
    private boolean bcd;
    /** Which bytes of the count are written and read: {@link #LOW}, {@link #HIGH} or {@link #BOTH}. */
    private int access = BOTH;
    private boolean gate = true;

    /** The count being counted down, 1 … 65536. */
    private int count = 0x10000;
    /** Pulse at which it was loaded; NEVER while nothing is counted. */
    private long start = NEVER;
    /** While the gate holds the counting: pulses counted until then; else -1. */
    private long held = -1;
    /** The count written last, which the next load takes. */
    private int next = 0x10000;
    /** Pulse of the next load; NEVER when none is due. */
    private long loadAt = NEVER;
    /** Mode 3: that load begins a low half. */
    private boolean loadLow;
    /** A count has been written since the control word. */
    private boolean written;
    /** The count written last has not been loaded. */
    private boolean nullCount = true;

    private int lowByte;
    private boolean writeHigh;
    private boolean readHigh;
    /** Latched count, or -1. */
    private int latch = -1;
    /** Latched status, or -1. */
    private int statusLatch = -1;

    private void sync(long now) {
        if (loadAt > now) {
            return;
        }
        count = next;
        start = loadLow ? loadAt - high(count) : loadAt;
        held = gate || triggered() ? -1 : 0;
        loadAt = NEVER;
        loadLow = false;
        nullCount = false;
    }

    /** Modes whose gate starts the counting by its rising edge and does not hold it: 1 and 5. */
    private boolean triggered() {
        return mode == 1 || mode == 5;
    }

    private boolean periodic() {
        return mode == 2 || mode == 3;
    }

    /** Pulses of the high half in mode 3. */
    private static int high(int count) {
        return count + 1 >> 1;
    }

    private long elapsed(long now) {
        return held >= 0 ? held : now - start;
    }

    // ---- programming ---------------------------------------------------------------------------------------------

    /** As after power-on, but for the gate, which is a wire; a control word follows. */
    void powerOn() {
        count = 0x10000;
        next = 0x10000;
        lowByte = 0;
    }

    /** A control word that is no latch command: bits 5:0 of it. */
    void control(int word) {
        access = word >> 4 & 3;
        int m = word >> 1 & 7;
        mode = m > 5 ? m - 4 : m;
        bcd = (word & 1) != 0;
        start = NEVER;
        held = -1;
        loadAt = NEVER;
        loadLow = false;
        written = false;
        nullCount = true;
        writeHigh = false;
        readHigh = false;
        latch = -1;
        statusLatch = -1;
    }

    void write(int value, long now) {
        sync(now);
        if (access == BOTH && !writeHigh) {
            lowByte = value;
            writeHigh = true;
            if (mode == 0) {
                // The first byte stops the counting and lowers the output.
                start = NEVER;
                loadAt = NEVER;
                nullCount = true;
            }
            return;
        }
        writeHigh = false;
        load(access == LOW ? value : access == HIGH ? value << 8 : value << 8 | lowByte, now);
    }

    private void load(int register, long now) {
        int n = bcd ? fromBcd(register) : register;
        next = n == 0 ? modulus() : n;
        written = true;
        nullCount = true;
        if (triggered() || periodic() && !gate || periodic() && loadAt != NEVER) {
            return;
        }
        if (!periodic() || start == NEVER) {
            loadAt = now + 1;
        } else {
            // A running generator takes the new count at the end of the period, or of the half-period.
            long phase = (now - start) % count;
            boolean firstHalf = mode == 3 && phase < high(count);
            loadLow = firstHalf && count > 1;
            loadAt = now - phase + (loadLow ? high(count) : count);
        }
    }

    void setGate(boolean level, long now) {
        sync(now);
        if (level == gate) {
            return;
        }
        gate = level;
        if (triggered()) {
            if (level && written) {
                loadAt = now + 1;
            }
        } else if (periodic()) {
            if (level && written) {
                loadAt = now + 1;
            } else if (!level) {
                held = start == NEVER ? -1 : elapsed(now);
                loadAt = NEVER;
            }
            loadLow = false;
        } else if (start != NEVER) {
            if (level) {
                start = now - held;
                held = -1;
            } else {
                held = now - start;
            }
        }
    }

    private int modulus() {
        return bcd ? 10_000 : 0x10000;
    }

    private static int fromBcd(int v) {
        return (v >> 12) * 1000 + (v >> 8 & 0xF) * 100 + (v >> 4 & 0xF) * 10 + (v & 0xF);
    }

    private static int toBcd(int v) {
        return v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    private int value(long now) {
        sync(now);
        if (start == NEVER) {
            return 0;
        }
        long e = elapsed(now);
        long v = switch (mode) {
            case 2 -> count - e % count;
            case 3 -> (count & ~1) - 2 * (e % count % high(count));
            default -> count - e;
        };
        int binary = (int) Math.floorMod(v, (long) modulus());
        return bcd ? toBcd(binary) : binary;
    }

    int read(long now) {
        if (statusLatch >= 0) {
            int status = statusLatch;
            statusLatch = -1;
            return status;
        }
        int v = latch >= 0 ? latch : value(now);
        boolean upper = access == HIGH || access == BOTH && readHigh;
        readHigh = access == BOTH && !readHigh;
        if (!readHigh) {
            latch = -1;
        }
        return upper ? v >> 8 : v & 0xFF;
    }

    void latchCount(long now) {
        if (latch < 0) {
            latch = value(now);
        }
    }

    void latchStatus(long now) {
        if (statusLatch < 0) {
            statusLatch = (out(now) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | access << 4 | mode << 1 | (bcd ? 1 : 0);
        }
    }

    /** The output pin. */
    boolean out(long now) {
        sync(now);
        if (start == NEVER) {
            return mode != 0;
        }
        long e = elapsed(now);
        return switch (mode) {
            case 0 -> !nullCount && e >= count;
            case 1 -> e >= count;
            case 2 -> held >= 0 || e % count != count - 1;
            case 3 -> held >= 0 || e % count < high(count);
            default -> e != count;
        };
    }

    /** The first pulse after {@code now} at which the output rises if nobody touches the counter; NEVER when it doesn't. */
    long nextRise(long now) {
        sync(now);
        boolean pending = loadAt != NEVER;
        if (periodic()) {
            if (pending && (start == NEVER || held >= 0)) {
                return next > 1 ? loadAt + next : NEVER;
            }
            if (start == NEVER || held >= 0 || count == 1) {
                return NEVER;
            }
            return loadLow ? loadAt + next - high(next) : now - (now - start) % count + count;
        }
        int length = mode >= 4 ? 1 : 0;
        if (pending) {
            return gate || triggered() ? loadAt + next + length : NEVER;
        }
        if (start == NEVER || held >= 0 || nullCount && mode == 0) {
            return NEVER;
        }
        long rise = start + count + length;
        return rise > now ? rise : NEVER;
    }

    void save(StateWriter out) {
        out.put("mode", mode);
        out.put("access", access);
        out.put("count", count);
        out.put("next", next);
        out.put("low-byte", lowByte);
        out.put("latch", latch);
        out.put("status-latch", statusLatch);
        out.put("start", start);
        out.put("held", held);
        out.put("load-at", loadAt);
        out.put("bcd", bcd);
        out.put("gate", gate);
        out.put("load-low", loadLow);
        out.put("written", written);
        out.put("null-count", nullCount);
        out.put("write-high", writeHigh);
        out.put("read-high", readHigh);
    }

    void restore(StateReader in) {
        mode = (int) in.take();
        access = (int) in.take();
        count = (int) in.take();
        next = (int) in.take();
        lowByte = (int) in.take();
        latch = (int) in.take();
        statusLatch = (int) in.take();
        start = in.take();
        held = in.take();
        loadAt = in.take();
        bcd = in.takeBoolean();
        gate = in.takeBoolean();
        loadLow = in.takeBoolean();
        written = in.takeBoolean();
        nullCount = in.takeBoolean();
        writeHigh = in.takeBoolean();
        readHigh = in.takeBoolean();
    }
}
