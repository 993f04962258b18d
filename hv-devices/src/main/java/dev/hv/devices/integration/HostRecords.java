package dev.hv.devices.integration;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;

/**
 * Writes the host's own records into the guest's pool for them ({@link KeyValuePairs.Pool#HOST}), one after the other, each time
 * a guest connects. A guest may connect long before its daemon runs, which keeps the pools: what it refuses is tried again.
 */
public final class HostRecords implements Saveable {

    /**
     * A record.
     *
     * @param key up to 255 characters
     * @param value up to 1023 characters
     */
    public record Parameter(String key, String value) {}

    private static final int STATE_VERSION = 2;
    private static final String ASKER = "host records";
    private static final long FIRST_RETRY_NANOS = 5_000_000_000L;
    private static final long LAST_RETRY_NANOS = 60_000_000_000L;

    private final KeyValuePairs pairs;
    private final List<Parameter> records;
    private final Clock clock;
    private final Clock.Timer retry;
    /** The record that is to be written next; the number of records when all are. */
    private int next;
    private boolean underWay;
    private long pause = FIRST_RETRY_NANOS;

    /** Records that are written as soon as {@code pairs} have a guest. */
    public HostRecords(Clock clock, KeyValuePairs pairs, List<Parameter> records) {
        this.clock = clock;
        this.pairs = pairs;
        this.records = List.copyOf(records);
        retry = clock.timer("host records", this::write);
        next = records.size();
        pairs.name(ASKER, answer -> answered(answer.ok()));
        pairs.whenAgreed(this::begin);
    }

    private void begin() {
        next = 0;
        pause = FIRST_RETRY_NANOS;
        retry.cancel();
        write();
    }

    private void write() {
        if (next == records.size()) {
            return;
        }
        Parameter record = records.get(next);
        underWay = pairs.set(KeyValuePairs.Pool.HOST, record.key(), record.value(), ASKER);
        if (!underWay) {
            later();
        }
    }

    /** The virtual machine is reset, or over: there is nobody to write for. */
    public void reset() {
        next = records.size();
        underWay = false;
        pause = FIRST_RETRY_NANOS;
        retry.cancel();
    }

    private void answered(boolean written) {
        underWay = false;
        if (written) {
            next++;
            pause = FIRST_RETRY_NANOS;
            write();
        } else {
            later();
        }
    }

    /** The next guest gets everything anew; this one may want it yet. */
    private void later() {
        if (pairs.usable()) {
            retry.arm(clock.nanos() + pause);
            pause = Math.min(2 * pause, LAST_RETRY_NANOS);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("host-records", STATE_VERSION);
        out.put("next", next);
        out.put("under-way", underWay);
        out.put("pause", pause);
        retry.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("host-records", STATE_VERSION);
        next = (int) in.take();
        underWay = in.takeBoolean();
        pause = in.take();
        retry.restore(in);
        in.end();
    }
}
