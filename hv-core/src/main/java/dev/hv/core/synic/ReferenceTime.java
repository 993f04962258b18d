package dev.hv.core.synic;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.LongSupplier;

/**
 * A partition's reference time in units of 100 ns (TLFS, "Partition reference time"), computed from its time-stamp counter by the
 * formula of the reference TSC page, so that page and MSR never disagree.
 */
public final class ReferenceTime implements Saveable {

    /** Units of reference time in a second. */
    public static final long HZ = 10_000_000;

    private static final int VERSION = 2;
    /** Offsets in the reference TSC page. */
    private static final int SEQUENCE = 0;
    private static final int SCALE = 8;
    private static final int OFFSET = 16;

    private final LongSupplier tsc;
    private final long tscHz;
    private final long scale;
    private long offset;
    /** What the page says of itself: another number when what is in it is another. */
    private int sequence = 1;

    /**
     * Reference time that is 0 now.
     *
     * @param tsc the partition's time-stamp counter without any processor's own adjustment
     * @param tscHz its rate, above 10 MHz
     */
    public ReferenceTime(LongSupplier tsc, long tscHz) {
        this.tsc = tsc;
        this.tscHz = tscHz;
        scale = quotient(HZ, tscHz);
        offset = -Math.unsignedMultiplyHigh(tsc.getAsLong(), scale);
    }

    /** 2^64 * a / b for a < b, rounded down: long division bit by bit. */
    private static long quotient(long a, long b) {
        long result = 0;
        long rest = a;
        for (int i = 0; i < 64; i++) {
            rest <<= 1;
            result <<= 1;
            if (rest >= b) {
                rest -= b;
                result |= 1;
            }
        }
        return result;
    }

    /** Reference time now. */
    public long now() {
        return Math.unsignedMultiplyHigh(tsc.getAsLong(), scale) + offset;
    }

    /** The time-stamp counter is moved: reference time goes on as if it had not been. */
    public void follow(Runnable move) {
        long now = now();
        move.run();
        set(now);
    }

    /** Makes it this time now. */
    public void set(long time) {
        offset = time - Math.unsignedMultiplyHigh(tsc.getAsLong(), scale);
        // 0 and -1 say that the page is not valid
        sequence = sequence == Integer.MAX_VALUE ? 1 : sequence + 1;
    }

    /** The time-stamp counter when reference time reaches {@code time}; {@link Long#MAX_VALUE} for what never comes. */
    public long tscAt(long time) {
        long units = time - offset;
        if (time < 0 || units < 0 || units / HZ >= Long.MAX_VALUE / tscHz - 1) {
            return Long.MAX_VALUE;
        }
        long ticks = units / HZ * tscHz + Math.ceilDiv(units % HZ * tscHz, HZ);
        // the scale is rounded down: the formula may be a tick behind the exact quotient
        while (Math.unsignedMultiplyHigh(ticks, scale) < units) {
            ticks++;
        }
        return ticks;
    }

    /** Fills a reference TSC page. */
    public void write(OverlayPage page) {
        page.write(SCALE, 8, scale);
        page.write(OFFSET, 8, offset);
        page.write(SEQUENCE, 4, sequence);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("reference-time", VERSION);
        out.put("offset", offset);
        out.put("sequence", sequence);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("reference-time", VERSION);
        offset = in.take();
        sequence = (int) in.take();
        in.end();
    }
}
